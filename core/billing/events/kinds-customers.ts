// Events of a whole account: access, name transfer, split, merge, disconnection and return, closing
// (domain.md §3.5).
import { type Static, Type } from 'typebox'
import type { AreaCard } from '../engine/state.ts'
import * as f from './fields.ts'
import { kind, roomOf, type Scene } from './kind.ts'

/** Seasons that a customer joins: the open ones from its access season on. */
const joined = ({ openSeasons, accessSeason }: Scene): string[] =>
  openSeasons.filter((season) => accessSeason === null || season >= accessSeason)

const access = kind({
  title: '入网',
  fields: { isProrated: f.Flag('按开通日期折算') },
  read: ({ effectiveOn, isProrated }, at, scene) => ({
    type: 'ACCESS',
    ...at,
    effectiveOn,
    openSeasons: joined(scene),
    isProrated,
  }),
  approval: 'ALWAYS',
  needsPapers: true,
})

const nameTransfer = kind({
  title: '过户',
  fields: {
    newName: f.Text('新户名', 60),
    newPhone: f.Maybe(Type.String({ title: '新联系电话', pattern: '^[0-9-]{5,20}$' })),
    newIdType: f.Maybe(f.OneOf('证件类型', ['ID_CARD', 'PASSPORT', 'LICENCE', 'OTHER'])),
    newIdNumber: f.Maybe(Type.String({ title: '证件号码', pattern: '^[0-9A-Za-z]{5,30}$' })),
    isDebtTaken: f.Flag('新户承担欠费'),
    balance: f.Maybe(f.OneOf('原户余额', ['STAYS', 'REFUNDED'])),
    tender: f.Maybe(f.TenderOf('退款方式')),
  },
  read: ({ isDebtTaken, balance, tender = 'BANK_TRANSFER' }, at) => ({
    type: 'NAME_TRANSFER',
    ...at,
    isDebtTaken,
    balance:
      balance === undefined
        ? null
        : balance === 'STAYS'
          ? { is: 'STAYS' }
          : { is: 'REFUNDED', funds: f.tenders[tender] },
  }),
  approval: 'ALWAYS',
  needsPapers: true,
  guards: ['name.unchanged'],
})

const Room = Type.Object(
  {
    areaNo: f.AreaNo,
    areaItem: f.Text('面积项名称', 30),
    billingDm2: f.AreaDm2('收费面积'),
    priceClass: f.Maybe(f.Text('单价类型', 30)),
  },
  { additionalProperties: false },
)
const Child = Type.Object(
  {
    customerNo: f.CustomerNo('拆出户编号'),
    name: f.Text('拆出户户名', 60),
    address: f.Maybe(f.Text('地址', 120)),
    phone: f.Maybe(Type.String({ title: '联系电话', pattern: '^[0-9-]{5,20}$' })),
    rooms: Type.Array(Room, { title: '面积项', minItems: 1, maxItems: 50 }),
  },
  { additionalProperties: false },
)
export type Child = Static<typeof Child>

const split = kind({
  title: '拆户',
  fields: { children: Type.Array(Child, { title: '拆出户', minItems: 2, maxItems: 20 }) },
  read: ({ children }, at, scene) => ({
    type: 'SPLIT',
    ...at,
    children: children.map(({ customerNo, rooms }) => ({
      customerId: scene.idOf(customerNo),
      nature: scene.customer.nature,
      cards: rooms.map((room) => cardFrom(room, scene)),
    })),
  }),
  approval: 'ALWAYS',
  needsPapers: true,
  guards: ['case.open', 'invoice.unfinished'],
})

/** What is not said is as in the parent's room of that number, or its first. */
function cardFrom(room: Static<typeof Room>, { customer }: Scene): AreaCard {
  const { areaNo, areaItem, billingDm2, priceClass } = room
  const like = customer.cards.find((card) => card.areaNo === areaNo)
  const parent = like ?? roomOf(customer, customer.cards[0]?.areaNo ?? 0)
  return {
    ...parent,
    areaNo,
    areaItem,
    billingDm2: f.dm2Of(billingDm2),
    priceClass: priceClass ?? parent.priceClass,
  }
}

const merge = kind({
  title: '合户',
  fields: { otherCustomerNo: f.CustomerNo('并入户编号') },
  read: (_, at) => ({ type: 'MERGE', ...at }),
  otherNo: ({ otherCustomerNo }) => String(otherCustomerNo),
  approval: 'ALWAYS',
  needsPapers: true,
  guards: ['case.open', 'invoice.unfinished'],
})

const disconnect = kind({
  title: '拆网',
  fields: { areaNo: f.Maybe(f.AreaNo) },
  read: ({ areaNo, effectiveOn }, at) => ({
    type: 'DISCONNECT',
    ...at,
    effectiveOn,
    ...(areaNo === undefined ? {} : { areaNo }),
  }),
  approval: 'ALWAYS',
  needsPapers: true,
  guards: ['customer.in_arrears'],
})

const restore = kind({
  title: '恢复',
  fields: { areaNo: f.Maybe(f.AreaNo) },
  read: ({ areaNo, effectiveOn }, at, scene) => ({
    type: 'RESTORE',
    ...at,
    effectiveOn,
    openSeasons: joined(scene),
    ...(areaNo === undefined ? {} : { areaNo }),
  }),
  approval: 'ALWAYS',
  needsPapers: true,
})

const closeAccount = kind({
  title: '销户',
  fields: {},
  read: (_, at) => ({ type: 'CLOSE_ACCOUNT', ...at }),
  approval: 'ALWAYS',
  guards: ['case.open', 'invoice.unfinished'],
})

export const customerKinds = {
  ACCESS: access,
  NAME_TRANSFER: nameTransfer,
  SPLIT: split,
  MERGE: merge,
  DISCONNECT: disconnect,
  RESTORE: restore,
  CLOSE_ACCOUNT: closeAccount,
}
