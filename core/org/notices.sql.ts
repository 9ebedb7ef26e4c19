// Notices are addressed to roles; whoever of the role reads one first has read it for all.
import { query } from '../db/db.ts'

export interface Notice {
  noticeSeq: bigint
  at: string
  role: string
  kind: string
  subject: string
  text: string
  link: string | null
  readAt: string | null
  readBy: string | null
}

const columns = 'notice_seq, at, role, kind, subject, text, link, read_at, read_by'

export const noticesFor = query<
  [
    companyId: string,
    roles: readonly string[],
    unreadOnly: boolean,
    before: bigint | null,
    limit: number,
  ],
  Notice
>(
  'notices_for',
  `
  select ${columns}
    from reli.notices
   where company_id = $1 and role = any ($2::text[])
     and (not $3::boolean or read_at is null)
     and ($4::bigint is null or notice_seq < $4)
   order by notice_seq desc
   limit $5`,
)

export const unreadCount = query<[companyId: string, roles: readonly string[]], { unread: number }>(
  'unread_notices',
  `
  select count(*)::int as unread
    from reli.notices
   where company_id = $1 and role = any ($2::text[]) and read_at is null`,
)

export const markRead = query<
  [companyId: string, noticeSeq: bigint, roles: readonly string[], login: string],
  Notice
>(
  'mark_notice_read',
  `
  update reli.notices
     set read_at = coalesce(read_at, now()), read_by = coalesce(read_by, $4)
   where company_id = $1 and notice_seq = $2 and role = any ($3::text[])
  returning ${columns}`,
)
