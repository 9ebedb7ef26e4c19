// The filter of a list of customers as people send it, checked, and as the query takes it.
import { fen } from '@reli/sdk'
import { type Static, Type } from 'typebox'
import type { CustomerFilter } from './selection.sql.ts'
import { natureWords, networkWords } from './words.ts'

/** More numbers than that come as a file (core/imports). */
const mostNumbers = 5_000

const Amount = (title: string) => Type.Optional(Type.String({ title, pattern: '^\\d{1,15}$' }))

export const CustomerFilterJson = Type.Object(
  {
    orgPath: Type.Optional(
      Type.String({ title: '责任机构', pattern: '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.$' }),
    ),
    communityId: Type.Optional(Type.String({ title: '小区', pattern: '^[0-9A-Za-z_-]{1,64}$' })),
    nature: Type.Optional(Type.Enum(Object.keys(natureWords), { title: '用户性质' })),
    networkStatus: Type.Optional(Type.Enum(Object.keys(networkWords), { title: '入网状态' })),
    priceClass: Type.Optional(Type.String({ title: '单价类型', minLength: 1, maxLength: 64 })),
    season: Type.Optional(Type.String({ title: '采暖期', pattern: '^\\d{4}-\\d{4}$' })),
    minOwedFen: Amount('欠费下限'),
    maxOwedFen: Amount('欠费上限'),
    customerNos: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9A-Za-z-]{1,20}$' }), {
        title: '用户编号',
        minItems: 1,
        maxItems: mostNumbers,
      }),
    ),
  },
  { additionalProperties: false, title: '筛选条件' },
)
export type CustomerFilterJson = Static<typeof CustomerFilterJson>

export function customerFilterOf(json: CustomerFilterJson): CustomerFilter {
  const { minOwedFen, maxOwedFen, ...rest } = json
  return {
    ...rest,
    ...(minOwedFen !== undefined && { minOwedFen: fen(BigInt(minOwedFen)) }),
    ...(maxOwedFen !== undefined && { maxOwedFen: fen(BigInt(maxOwedFen)) }),
  }
}
