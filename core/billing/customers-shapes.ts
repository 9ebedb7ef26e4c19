// What the API takes and gives of a customer's card. Titles are the words that people read in forms
// and in the sentences of refusals.
import { type Static, type TSchema, Type } from 'typebox'
import { Cursor, CustomerNo, Limit } from '../http/filters.ts'
import { Day, FenText, Nullable } from '../http/shapes.ts'

export const closed = { additionalProperties: false }
export const ReasonText = Type.String({
  title: '原因',
  minLength: 1,
  maxLength: 100,
  pattern: '\\S',
})
export const ByCustomer = Type.Object({ customerNo: CustomerNo })
export const Dm2 = (title: string) =>
  Type.String({ title, pattern: '^\\d{1,10}$', description: '面积，单位：0.01 平方米' })

/** A text that may be emptied: null. One type list, so that a wrong text gets one sentence. */
const Emptied = <T extends TSchema>(schema: T) =>
  Type.Unsafe<Static<T> | null>({ ...schema, type: ['string', 'null'] })

const Text = (title: string, maxLength = 60) =>
  Type.Optional(Emptied(Type.String({ title, minLength: 1, maxLength })))
const Like = (title: string, pattern: string) =>
  Type.Optional(Emptied(Type.String({ title, pattern })))
const Id = (title: string) => Like(title, '^[0-9A-Za-z_-]{1,64}$')
const DayOf = (title: string) => Type.Optional(Emptied(Type.String({ title, format: 'date' })))
const OneOf = <V extends string>(title: string, values: readonly V[]) =>
  Type.Optional(Type.Enum([...values], { title }))

export const natures = ['RESIDENT', 'ORGANISATION', 'COMMERCIAL'] as const
export const networkStatuses = ['PENDING', 'IN_NETWORK', 'DISCONNECTED', 'CLOSED'] as const
const valves = ['OPEN', 'CLOSED', 'CUT'] as const
const idTypes = ['ID_CARD', 'PASSPORT', 'LICENCE', 'OTHER'] as const
const orgPath = '^([0-9A-Za-z-]{1,32}\\.){1,8}$'

export const Name = Type.String({ title: '户名', minLength: 1, maxLength: 60, pattern: '\\S' })
const CommunityId = Type.String({ title: '小区', pattern: '^[0-9A-Za-z_-]{1,64}$' })

const fields = {
  cardNo: Like('用户卡号', '^[0-9A-Za-z-]{1,30}$'),
  legacyCode: Like('旧户号', '^[0-9A-Za-z-]{1,30}$'),
  accessName: Text('入网用户名'),
  ownerName: Text('产权人'),
  occupantName: Text('使用人'),
  idType: OneOf('证件类型', idTypes),
  idNumber: Like('证件号码', '^[0-9A-Za-z()-]{4,30}$'),
  phone: Like('手机', '^1[3-9]\\d{9}$'),
  phoneFixed: Like('固定电话', '^[0-9-]{5,20}$'),
  email: Like('电子邮箱', '^[^\\s@]{1,64}@[^\\s@]{1,100}$'),
  postalAddress: Text('通信地址', 100),
  workUnit: Text('工作单位'),
  buildingId: Id('楼栋'),
  unitId: Id('单元'),
  floorNo: Type.Optional(
    Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      title: '楼层',
      minimum: -9,
      maximum: 200,
    }),
  ),
  doorPlate: Text('门牌', 40),
  address: Type.Optional(Type.String({ title: '地址', minLength: 1, maxLength: 120 })),
  controlMode: OneOf('控制方式', ['SEPARATE', 'SERIES'] as const),
  supplyValve: OneOf('供水阀状态', valves),
  returnValve: OneOf('回水阀状态', valves),
  supplySealNo: Text('供水铅封号', 30),
  returnSealNo: Text('回水铅封号', 30),
  exchangerCount: Type.Optional(Type.Integer({ title: '换热设备台数', minimum: 0, maximum: 999 })),
  sensorNo: Text('室温采集器', 30),
  classes: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: 32 }), {
      title: '分类',
      maxProperties: 30,
      description: '字典代码 → 取值代码；整体替换',
    }),
  ),
  tags: Type.Optional(
    Type.Array(Type.String({ maxLength: 32 }), {
      title: '客户标签',
      maxItems: 20,
      uniqueItems: true,
    }),
  ),
  accessSeason: Like('入网采暖期', '^\\d{4}-\\d{4}$'),
  heatFirstOn: DayOf('首次供热日期'),
  warrantyToOn: DayOf('保修期止'),
  collectingPath: Like('收费机构', orgPath),
  collectorId: Id('收费员'),
  inspectorId: Id('稽查员'),
  remark: Text('备注', 300),
}

const RoomNo = Type.String({ title: '房号', minLength: 1, maxLength: 20 })
const AccessOn = Type.String({ title: '入网日期', format: 'date' })

export const areaFields = {
  areaItem: Type.Optional(Type.String({ title: '面积项名称', maxLength: 30 })),
  meterNo: Like('表号', '^[0-9A-Za-z-]{1,30}$'),
  valveNo: Like('锁闭阀号', '^[0-9A-Za-z-]{1,30}$'),
  meterPriceClass: Text('计量单价类型', 30),
  balconyHeated: Type.Optional(Type.Boolean({ title: '阳台供热' })),
  mezzanineHeated: Type.Optional(Type.Boolean({ title: '夹层供热' })),
  remark: Text('备注', 300),
}

export const AreaItem = Type.Object(
  {
    ...areaFields,
    category: Type.String({ title: '面积类别', minLength: 1, maxLength: 20 }),
    buildingAreaDm2: Dm2('建筑面积'),
    innerAreaDm2: Type.Optional(Dm2('套内建筑面积')),
    usableAreaDm2: Type.Optional(Dm2('使用面积')),
    sharedAreaDm2: Type.Optional(Dm2('公摊面积')),
    balconyAreaDm2: Type.Optional(Dm2('阳台面积')),
    mezzanineAreaDm2: Type.Optional(Dm2('夹层面积')),
    areaCoefficient: Type.Optional(
      Type.Integer({
        title: '面积折算系数',
        minimum: 1,
        maximum: 2_000_000,
        default: 1_000_000,
        description: '百万分之一',
      }),
    ),
    billingAreaDm2: Type.Optional(Dm2('收费面积')),
    storeyHeightCm: Type.Optional(
      Type.Integer({ title: '层高', minimum: 100, maximum: 5_000, description: '厘米' }),
    ),
    priceClass: Type.String({ title: '单价类型', minLength: 1, maxLength: 30 }),
    billingMethod: OneOf('计费方式', ['BY_AREA', 'METERED', 'TWO_PART'] as const),
    generateBill: Type.Optional(Type.Boolean({ title: '是否计费' })),
  },
  closed,
)
export type AreaItem = Static<typeof AreaItem>

export const NewCustomer = Type.Object(
  {
    customerNo: CustomerNo,
    name: Name,
    nature: Type.Enum([...natures], { title: '客户性质' }),
    communityId: CommunityId,
    roomNo: RoomNo,
    accessOn: AccessOn,
    ...fields,
    areaItems: Type.Optional(Type.Array(AreaItem, { title: '面积项', maxItems: 20 })),
    reason: Type.Optional(ReasonText),
  },
  closed,
)
export type NewCustomer = Static<typeof NewCustomer>

export const CardChange = Type.Object(
  {
    name: Type.Optional(Name),
    communityId: Type.Optional(CommunityId),
    roomNo: Type.Optional(RoomNo),
    accessOn: Type.Optional(AccessOn),
    ...fields,
    version: Type.Optional(
      Type.Integer({ title: '版本', minimum: 1, description: '读取时的版本；不符则拒绝' }),
    ),
    reason: ReasonText,
  },
  closed,
)
export type CardChange = Static<typeof CardChange>

const TextOrNull = Nullable(Type.String())
const Counted = Type.String({ pattern: '^\\d+$', description: '0.01 平方米' })
const CountedOrNull = Nullable(Counted)

export const AreaItemJson = Type.Object({
  areaItemId: Type.String(),
  areaNo: Type.Integer(),
  areaItem: Type.String(),
  category: Type.String(),
  status: Type.String(),
  buildingAreaDm2: Counted,
  innerAreaDm2: CountedOrNull,
  usableAreaDm2: CountedOrNull,
  sharedAreaDm2: CountedOrNull,
  balconyAreaDm2: CountedOrNull,
  balconyHeated: Type.Boolean(),
  mezzanineAreaDm2: CountedOrNull,
  mezzanineHeated: Type.Boolean(),
  areaCoefficient: Type.String(),
  billingAreaDm2: Counted,
  storeyHeightCm: Nullable(Type.Integer()),
  priceClass: Type.String(),
  billingMethod: Type.String(),
  meterPriceClass: TextOrNull,
  generateBill: Type.Boolean(),
  meterNo: TextOrNull,
  valveNo: TextOrNull,
  remark: TextOrNull,
})
export type AreaItemJson = Static<typeof AreaItemJson>

export const FlagsJson = Type.Object({
  bankBlocked: Type.Boolean(),
  collectionLocked: Type.Boolean(),
  inspectionLocked: Type.Boolean(),
  inApproval: Type.Boolean(),
  mustVisitHall: Type.Boolean(),
  blacklisted: Type.Boolean(),
  stopForbidden: Type.Boolean(),
  discountForbidden: Type.Boolean(),
  lateFeeExempt: Type.Boolean(),
  invoiceBeforeRefund: Type.Boolean(),
})

export const CardJson = Type.Object({
  customerId: Type.String(),
  customerNo: Type.String(),
  name: Type.String({ description: '无权查看全名者见 王*国' }),
  cardNo: TextOrNull,
  legacyCode: TextOrNull,
  accessName: TextOrNull,
  ownerName: TextOrNull,
  occupantName: TextOrNull,
  idType: TextOrNull,
  idNumber: Nullable(Type.String({ description: '部分隐藏' })),
  phone: Nullable(Type.String({ description: '部分隐藏' })),
  phoneFixed: TextOrNull,
  email: TextOrNull,
  postalAddress: TextOrNull,
  workUnit: TextOrNull,
  communityId: Type.String(),
  buildingId: TextOrNull,
  unitId: TextOrNull,
  floorNo: Nullable(Type.Integer()),
  roomNo: TextOrNull,
  doorPlate: TextOrNull,
  address: Type.String(),
  controlMode: Type.String(),
  supplyValve: TextOrNull,
  returnValve: TextOrNull,
  supplySealNo: TextOrNull,
  returnSealNo: TextOrNull,
  exchangerCount: Type.Integer(),
  sensorNo: TextOrNull,
  classes: Type.Record(Type.String(), Type.String()),
  tags: Type.Array(Type.String()),
  accessOn: Nullable(Day),
  accessSeason: TextOrNull,
  heatFirstOn: Nullable(Day),
  warrantyToOn: Nullable(Day),
  collectingPath: TextOrNull,
  collectorId: TextOrNull,
  inspectorId: TextOrNull,
  remark: TextOrNull,
  orgPath: Type.String(),
  nature: Type.String(),
  networkStatus: Type.String(),
  version: Type.Integer(),
  zoneId: Nullable(Type.String({ description: '实际供热分区：单元、楼栋、小区逐级取' })),
  prepaidFen: FenText,
  flags: FlagsJson,
  blacklistReason: TextOrNull,
  areaItems: Type.Array(AreaItemJson),
})
export type CardJson = Static<typeof CardJson>

/** The customers that a list shows or a batch is for. */
export const filterFields = {
  orgPath: Type.Optional(Type.String({ title: '责任机构', pattern: orgPath })),
  collectingPath: Type.Optional(Type.String({ title: '收费机构', pattern: orgPath })),
  communityId: Type.Optional(CommunityId),
  buildingId: Type.Optional(Type.String({ title: '楼栋', pattern: '^[0-9A-Za-z_-]{1,64}$' })),
  unitId: Type.Optional(Type.String({ title: '单元', pattern: '^[0-9A-Za-z_-]{1,64}$' })),
  zoneId: Type.Optional(Type.String({ title: '供热分区', pattern: '^[0-9A-Za-z_-]{1,64}$' })),
  nature: OneOf('客户性质', natures),
  networkStatus: OneOf('在网状态', networkStatuses),
  tag: Type.Optional(Type.String({ title: '客户标签', pattern: '^[A-Z0-9][A-Z0-9_]{0,31}$' })),
  class: Type.Optional(
    Type.String({
      title: '分类',
      pattern: '^[a-z][a-z0-9_]{0,31}:[A-Z0-9][A-Z0-9_]{0,31}$',
      examples: ['customer_type:LOW_INCOME'],
    }),
  ),
  collectorId: Type.Optional(Type.String({ title: '收费员', pattern: '^[0-9A-Za-z_-]{1,64}$' })),
}
export const CustomerFilter = Type.Object(filterFields, closed)
export type CustomerFilter = Static<typeof CustomerFilter>

export const ListQuestion = Type.Object({ ...filterFields, cursor: Cursor, limit: Limit }, closed)

export const ListedJson = Type.Object({
  customerNo: Type.String(),
  name: Type.String({ description: '部分隐藏' }),
  address: Type.String(),
  orgPath: Type.String(),
  collectingPath: TextOrNull,
  nature: Type.String(),
  networkStatus: Type.String(),
  billingAreaDm2: Counted,
  outstandingFen: FenText,
  prepaidFen: FenText,
  flags: FlagsJson,
  tags: Type.Array(Type.String()),
})
export const ListJson = Type.Object({
  customers: Type.Array(ListedJson),
  next: Nullable(Type.String()),
})
export type ListJson = Static<typeof ListJson>
