import { query } from '../db/db.ts'

// The database's clock and the partners' calendar: sessions run in Asia/Shanghai (core/db/db.ts).
export const todayInBeijing = query<[], { today: string }>(
  'today_in_beijing',
  'select current_date as today',
)

export const bookingDateBefore = query<[company: string, target: string], { bookingOn: string }>(
  'booking_date_before',
  'select booking_on from reli.companies where company_id = $1 and booking_on < $2',
)

// Postings hold this lock shared while they read the date and write under it
// (core/hub/gather.sql.ts).
export const holdBackBookings = query<[company: string], unknown>(
  'hold_back_bookings',
  `select pg_advisory_xact_lock(7201, hashtext('booking:' || $1))`,
)

export const moveBookingDate = query<[company: string, target: string], never>(
  'move_booking_date',
  'update reli.companies set booking_on = $2 where company_id = $1 and booking_on < $2',
)

export const recordCutOver = query<
  [company: string, subject: string, before: string, after: string],
  never
>(
  'record_cut_over',
  `insert into reli.audit_log (company_id, actor, action, subject, before, after)
   values ($1, 'worker', 'booking.cut_over', $2, $3, $4)`,
)
