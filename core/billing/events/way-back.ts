// The defined way back of every kind: by which event it is taken back, or why it cannot be. The law
// of the event is asked again on the way: a closed season, a later change built upon it, money that
// is gone refuse by themselves.
import { fen } from '@reli/sdk'
import type { TakeBack } from '../engine/events.ts'
import { NotAllowed } from '../refusals.ts'
import { unpack } from '../store/pack.ts'
import type { EventRecord } from '../store/write.ts'
import type { Waived } from './effects.ts'
import type { KindName } from './kinds.ts'
import type { EventRow, RequestRow } from './requests.sql.ts'

export type WayBack =
  /** Everything it added, with the other sign (engine/take-back.ts). */
  | { by: 'TAKE_BACK' }
  /** Voided on its day, reversed later. */
  | { by: 'UNDO_PAYMENT' }
  | { by: 'TRANSFER' }
  | { by: 'MERGE' }
  | { by: 'NAME_TRANSFER' }
  | { by: null; zh: string }

const takeBack = { by: 'TAKE_BACK' } as const

export const wayBack: Readonly<Record<KindName, WayBack>> = {
  STOP: takeBack,
  FORCED_STOP: takeBack,
  RESUME: takeBack,
  AREA_CHANGE: takeBack,
  CLASS_CHANGE: takeBack,
  METER_SETTLEMENT: takeBack,
  ACCESS: { by: null, zh: '入网生效后不能撤回，请办理拆网或销户' },
  NAME_TRANSFER: { by: 'NAME_TRANSFER' },
  SPLIT: { by: 'MERGE' },
  MERGE: { by: null, zh: '合户生效后不能撤回，请办理拆户' },
  DISCONNECT: takeBack,
  RESTORE: takeBack,
  CLOSE_ACCOUNT: { by: null, zh: '已销户，不能撤回，请重新建户' },
  REDUCTION: takeBack,
  ADDITIONAL_FEE: takeBack,
  LATE_FEE_WAIVER: takeBack,
  WRITE_OFF: takeBack,
  ON_ACCOUNT: takeBack,
  INSTALMENT_PLAN: takeBack,
  INSPECTION: takeBack,
  PAYMENT: { by: 'UNDO_PAYMENT' },
  PREPAYMENT: { by: 'UNDO_PAYMENT' },
  VOID_PAYMENT: { by: null, zh: '作废不能撤回，请重新收款' },
  REVERSE_PAYMENT: { by: null, zh: '冲正不能撤回，请重新收款' },
  REFUND: { by: null, zh: '退费已付出，不能撤回，请重新收款' },
  CARRY_OVER: { by: null, zh: '余额已冲抵应收，不能撤回，请办理应收减免或冲正原缴费' },
  TRANSFER: { by: 'TRANSFER' },
}

export interface Undoing {
  row: EventRow
  request: RequestRow
  bookingOn: string
  /** As many as the way back has events. */
  eventIds: readonly string[]
  login: string
  reason: string
}

/** How many events the way back of this one takes. */
export function eventsOnTheWay({ event }: EventRow, name: KindName): number {
  if (wayBack[name].by !== 'MERGE') return 1
  return unpack<{ children: unknown[] }>(event).children.length - 1
}

export function recordsOfWayBack(name: KindName, undoing: Undoing): EventRecord[] {
  const { row, request, bookingOn: on, eventIds, login, reason } = undoing
  const way = wayBack[name]
  if (way.by === null) throw new NotAllowed('undo.not_possible', { eventId: row.eventId }, way.zh)
  const own = { eventId: eventIds[0]!, on }
  const base = { customerId: row.customerId, madeBy: login, reason, reversesId: row.eventId }
  switch (way.by) {
    case 'TAKE_BACK':
      return [{ ...base, event: { type: 'TAKE_BACK', ...own, ...taken(row) } }]
    case 'UNDO_PAYMENT': {
      const type = row.bookingOn === on ? 'VOID_PAYMENT' : 'REVERSE_PAYMENT'
      return [{ ...base, event: { type, ...own, paymentId: row.eventId } }]
    }
    case 'TRANSFER': {
      const { amountFen } = unpack<{ amountFen: bigint }>(row.event)
      const event = { type: 'TRANSFER', ...own, amountFen: fen(amountFen) } as const
      return [{ ...base, event, customerId: request.otherId!, otherId: row.customerId }]
    }
    case 'NAME_TRANSFER': {
      const balance = { is: 'STAYS' } as const
      return [{ ...base, event: { type: 'NAME_TRANSFER', ...own, isDebtTaken: true, balance } }]
    }
    case 'MERGE':
      return mergedBack(undoing, base)
  }
}

/** The children become one again, in the first of them; their parent stays a pointer. */
function mergedBack({ row, eventIds, bookingOn: on }: Undoing, base: EventRecord | object) {
  const { children } = unpack<{ children: { customerId: string }[] }>(row.event)
  const [survivor, ...others] = children.map(({ customerId }) => customerId)
  const { reversesId, ...rest } = base as EventRecord
  return others.map((otherId, at): EventRecord => {
    const event = { type: 'MERGE', eventId: eventIds[at]!, on } as const
    const record = { ...rest, event, customerId: survivor!, otherId }
    return at === 0 && reversesId !== undefined ? { ...record, reversesId } : record
  })
}

function taken({
  eventId,
  type,
  before,
  after,
}: EventRow): Omit<TakeBack, 'type' | 'eventId' | 'on'> {
  const isChange = type === 'AREA_CHANGE' || type === 'CLASS_CHANGE'
  const was = isChange && before ? unpack<Was>(before) : undefined
  const { waived } = after ? unpack<{ waived?: Waived[] }>(after) : {}
  return {
    takenBackId: eventId,
    ...(was ? { card: { areaNo: was.areaNo, was: onlyChanged(type, was) } } : {}),
    ...(waived ? { waived } : {}),
  }
}

type Was = NonNullable<TakeBack['card']>['was'] & { areaNo: number }

const onlyChanged = (type: string, { billingDm2, heightCm, priceClass }: Was) =>
  type === 'CLASS_CHANGE'
    ? { ...(priceClass === undefined ? {} : { priceClass }) }
    : {
        ...(billingDm2 === undefined ? {} : { billingDm2 }),
        ...(heightCm === undefined ? {} : { heightCm }),
      }
