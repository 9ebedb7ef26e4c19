// The fields of business events as they come in by HTTP: what a clerk reads in a sentence when
// one of them is wrong is its title. Sums and areas are digits in fen and 0.01 m²; shares and
// prices are decimal text, so that nobody's spreadsheet rounds them.
import { type Dm2, dm2, type Fen, fen } from '@reli/sdk'
import { type TProperties, type TSchema, Type } from 'typebox'
import { decimal } from '../policies.ts'

export const CustomerNo = (title: string) => Type.String({ title, pattern: '^[0-9A-Za-z-]{1,20}$' })
export const DayOf = (title: string) => Type.String({ title, format: 'date' })
export const AmountFen = (title: string) => Type.String({ title, pattern: '^[1-9]\\d{0,14}$' })
/** May be nothing. */
export const SumFen = (title: string) => Type.String({ title, pattern: '^\\d{1,15}$' })
export const AreaDm2 = (title: string) => Type.String({ title, pattern: '^[1-9]\\d{0,9}$' })
/** 0 to 1 with six places. */
export const Share = (title: string) =>
  Type.String({ title, pattern: '^(0(\\.\\d{1,6})?|1(\\.0{1,6})?)$' })
/** A number with up to six places: a multiple, a quantity. */
export const Quantity = (title: string) =>
  Type.String({ title, pattern: '^\\d{1,12}(\\.\\d{1,6})?$' })
/** Yuan with four places. */
export const Price = (title: string) => Type.String({ title, pattern: '^\\d{1,7}(\\.\\d{1,4})?$' })
export const Text = (title: string, maxLength: number) =>
  Type.String({ title, minLength: 1, maxLength, pattern: '\\S' })
export const SeasonName = Type.String({ title: '采暖期', pattern: '^\\d{4}-\\d{4}$' })
export const AreaNo = Type.Integer({ title: '面积项序号', minimum: 1, maximum: 999 })
export const EventId = (title: string) => Type.String({ title, pattern: '^[0-9A-Za-z_/-]{1,64}$' })
export const FeeItemName = Type.String({ title: '费用项目', pattern: '^[A-Z][A-Z_]{1,29}$' })
export const OneOf = <T extends string>(title: string, values: readonly T[]) =>
  Type.Enum([...values] as [T, ...T[]], { title })
export const Flag = (title: string) => Type.Boolean({ title })
export const Maybe = <T extends TSchema>(schema: T) => Type.Optional(schema)

const Attachment = Type.Object(
  {
    name: Text('文件名', 100),
    digest: Type.String({ title: '文件摘要', pattern: '^[0-9a-f]{64}$' }),
    kind: Text('材料种类', 30),
  },
  { additionalProperties: false },
)
export const Attachments = Type.Array(Attachment, { title: '依据材料', maxItems: 20 })

/** What every request says besides its own. */
export const common = {
  customerNo: CustomerNo('用户编号'),
  effectiveOn: DayOf('生效日期'),
  reason: Text('原因', 200),
  attachments: Maybe(Attachments),
  channel: Maybe(OneOf('受理渠道', ['hall', 'console', 'app', 'wechat', 'phone', 'api'])),
} satisfies TProperties

export const fenOf = (digits: string): Fen => fen(BigInt(digits))
export const dm2Of = (digits: string): Dm2 => dm2(BigInt(digits))
export const shareOf = (text: string): bigint => decimal(text, 6)
export const priceOf = (text: string): bigint => decimal(text, 4)
export const quantityOf = (text: string): bigint => decimal(text, 6)

/** Where our own counters' money goes, by tender. */
export const tenders = {
  CASH: 'cash',
  POS: 'funds:pos',
  CHEQUE: 'funds:cheque',
  BANK_TRANSFER: 'funds:bank',
} as const
export type Tender = keyof typeof tenders
export const TenderOf = (title: string) => OneOf(title, Object.keys(tenders) as Tender[])
