// What the API shows of an account and tells about its lines.
import { type Static, Type } from 'typebox'
import { Day, FenText, Instant, Nullable } from '../../http/shapes.ts'

const Told = Type.Object({
  /** In the names of `numbers`. */
  formula: Type.String({ title: '公式' }),
  numbers: Type.Record(Type.String(), Type.String(), { title: '数值' }),
  clause: Type.String({ title: '依据条款' }),
  text: Type.String({ title: '说明' }),
})

const Policy = Type.Object(
  { season: Type.String(), version: Type.Integer({ title: '版本' }), effectiveOn: Day },
  { title: '政策版本' },
)

const line = {
  chargeId: Type.String({ title: '应收编号' }),
  season: Type.String(),
  areaNo: Type.Integer(),
  areaItem: Type.String(),
  feeItem: Type.String(),
  feeItemName: Type.String({ title: '费用项目名称' }),
  chargedFen: FenText,
  reducedFen: FenText,
  writtenOffFen: FenText,
  receivableFen: FenText,
  paidFen: FenText,
  discountFen: FenText,
  outstandingFen: FenText,
  lateFeeFen: FenText,
  dueOn: Day,
}

const Settlement = Type.Object({
  /** The payment it came with, or BALANCE. */
  source: Type.String({ title: '来源' }),
  /** By the bank: only the bank takes it back. */
  isOfBank: Type.Boolean({ title: '是否银行代收' }),
  on: Day,
  principalFen: FenText,
  lateFeeFen: FenText,
  discountFen: FenText,
  explanation: Nullable(Told),
})

const Event = Type.Object({
  eventId: Type.String({ title: '业务号' }),
  type: Type.String(),
  title: Type.String({ title: '业务名称' }),
  effectiveOn: Day,
  bookingOn: Day,
  season: Nullable(Type.String()),
  reason: Nullable(Type.String()),
  channel: Type.String(),
  madeBy: Type.String({ title: '经办人' }),
  checkedBy: Nullable(Type.String({ title: '审核人' })),
  batchNo: Nullable(Type.String()),
  reversesId: Nullable(Type.String({ title: '撤回的业务号' })),
  deltaFen: FenText,
  madeAt: Instant,
  policy: Nullable(Policy),
})
export type EventJson = Static<typeof Event>

export const EventsJson = Type.Object({
  events: Type.Array(Event),
  next: Nullable(Type.String()),
})

const Quote = Type.Object({
  season: Type.String(),
  outstandingFen: FenText,
  lateFeeFen: FenText,
  discountFen: FenText,
  payableFen: FenText,
})

export const AccountJson = Type.Object({
  customerNo: Type.String(),
  on: Type.String({ title: '截至日期', format: 'date' }),
  balanceFen: FenText,
  payableFen: FenText,
  lines: Type.Array(Type.Object({ ...line, settlements: Type.Array(Settlement) })),
  payments: Type.Array(
    Type.Object({
      paymentId: Type.String({ title: '缴费编号' }),
      isOfBank: Type.Boolean({ title: '是否银行代收' }),
      on: Day,
      amountFen: FenText,
      state: Type.String(),
    }),
  ),
  quote: Type.Array(Quote),
})
export type AccountJson = Static<typeof AccountJson>

export const ExplanationJson = Type.Object({
  customerNo: Type.String(),
  on: Type.String({ title: '截至日期', format: 'date' }),
  ...line,
  /** Of the amount as it is now; null: it was named by its events, not computed. */
  amount: Nullable(Told),
  lateFee: Told,
  policy: Nullable(Policy),
  changes: Type.Array(
    Type.Object({
      eventId: Type.String({ title: '业务号' }),
      title: Type.String({ title: '业务名称' }),
      on: Day,
      kind: Type.Enum(['CHARGED', 'REDUCED', 'WRITTEN_OFF', 'MOVED']),
      deltaFen: FenText,
      explanation: Nullable(Told),
      text: Type.String({ title: '说明' }),
    }),
  ),
  settlements: Type.Array(Settlement),
  events: Type.Array(Event),
})
export type ExplanationJson = Static<typeof ExplanationJson>
