// 模板: the files that people may send. Each row is one event, one flag, or one room of a customer
// that is new.
import { type Dm2, type Fen, fen } from '@reli/sdk'
import type { FeeItem } from '../billing/accounts.ts'
import { type Flag, flagWords } from '../billing/batches/flags.sql.ts'
import {
  billingMethodWords,
  feeItemWords,
  natureWords,
  networkWords,
} from '../billing/batches/words.ts'
import type { Column } from './columns.ts'
import { meters } from './meters.ts'
import {
  areaNo,
  customerNo,
  effectiveOn,
  remark,
  roomKey,
  season,
  type Template,
} from './template.ts'

const money = (key: string, title: string, more: Partial<Column> = {}): Column => {
  const kind = { is: 'money', least: 1n } as const
  return { key, title, kind, isRequired: true, example: '1980.00', ...more }
}
const area = (key: string, title: string, more: Partial<Column> = {}): Column => {
  return { key, title, kind: { is: 'area' }, isRequired: true, example: '98.50', ...more }
}
const word = (key: string, title: string, longest: number, more: Partial<Column> = {}): Column => {
  return { key, title, kind: { is: 'text', longest }, isRequired: true, example: '居民', ...more }
}
const choice = (
  key: string,
  title: string,
  words: Record<string, string>,
  more: Partial<Column> = {},
): Column => {
  const example = Object.values(words)[0]!
  return { key, title, kind: { is: 'choice', words }, isRequired: true, example, ...more }
}
const feeItem = choice('feeItem', '费用项目', feeItemWords)
const height: Column = {
  key: 'heightCm',
  title: '层高（米）',
  kind: { is: 'decimal', places: 2, unit: '米数', most: 3_000n },
  isRequired: false,
  example: '3.30',
}

const arrears: Template = {
  name: 'arrears',
  title: '陈欠补录',
  about: '每行一户一个采暖期一个费用项目。已有该项应收的不能重复补录。',
  does: 'events',
  columns: [
    customerNo,
    season,
    feeItem,
    areaNo,
    money('amount', '应收金额'),
    money('received', '已收金额', { kind: { is: 'money' }, isRequired: false, example: '0.00' }),
    remark,
  ],
  keyOf: (row) => `${row.customerNo} ${row.season} ${row.feeItem} ${row.areaNo}`,
  told: (row, { lines }) => {
    const [amountFen, receivedFen] = [row.amount as Fen, (row.received ?? fen(0)) as Fen]
    const key = { season: row.season as string, feeItem: row.feeItem as FeeItem }
    const no = row.areaNo as number
    if (receivedFen > amountFen) {
      return { fault: 'arrears.overpaid', key: 'received', zh: '「已收金额」大于「应收金额」' }
    }
    const isThere = lines.some(
      (line) => line.season === key.season && line.feeItem === key.feeItem && line.areaNo === no,
    )
    if (isThere) {
      const zh = `该用户 ${key.season} 已有此项「${feeItemWords[key.feeItem]}」应收，不能重复补录`
      return { fault: 'arrears.exists', key: 'feeItem', zh }
    }
    return { type: 'IMPORT_ARREARS', ...key, areaNo: no, amountFen, receivedFen }
  },
}

const areas: Template = {
  name: 'areas',
  title: '面积变更',
  about: '每行一个面积项，填写变更后的收费面积。',
  does: 'events',
  columns: [customerNo, areaNo, area('billing', '收费面积'), height, effectiveOn, remark],
  keyOf: roomKey,
  told: (row, { cards }) => {
    const no = row.areaNo as number
    const card = cards.find((each) => each.areaNo === no)
    const billingDm2 = row.billing as Dm2
    // Somebody forgot the decimal point: a hundred times as large as it was.
    if (card && card.billingDm2 > 0n && billingDm2 === card.billingDm2 * 100n) {
      const zh = '「收费面积」恰为原面积的 100 倍，请检查小数点'
      return { fault: 'area.hundredfold', key: 'billing', zh }
    }
    const heightCm = row.heightCm === null ? {} : { heightCm: Number(row.heightCm) }
    const on = row.effectiveOn as string
    return { type: 'AREA_CHANGE', areaNo: no, billingDm2, ...heightCm, effectiveOn: on }
  },
}

const classes: Template = {
  name: 'classes',
  title: '单价类型变更',
  about: '每行一个面积项，填写变更后的单价类型。',
  does: 'events',
  columns: [customerNo, areaNo, word('priceClass', '单价类型', 30), effectiveOn, remark],
  keyOf: roomKey,
  told: (row, { cards }) => {
    const card = cards.find((each) => each.areaNo === row.areaNo)
    const priceClass = row.priceClass as string
    if (card?.priceClass === priceClass) {
      return { fault: 'class.unchanged', key: 'priceClass', zh: '「单价类型」与现在相同' }
    }
    const no = row.areaNo as number
    return { type: 'CLASS_CHANGE', areaNo: no, priceClass, effectiveOn: row.effectiveOn as string }
  },
}

const reductions: Template = {
  name: 'reductions',
  title: '应收减免',
  about: '「减免金额」与「减免比例」填写其中一项。不填面积项序号时按面积项顺序减免。',
  does: 'events',
  columns: [
    customerNo,
    season,
    feeItem,
    { ...areaNo, isRequired: false },
    money('amount', '减免金额', { isRequired: false, example: '150.00' }),
    {
      key: 'share',
      title: '减免比例（%）',
      kind: { is: 'decimal', places: 4, unit: '0 到 100 的百分数', most: 1_000_000n },
      isRequired: false,
      example: '15',
    },
    { ...remark, isRequired: true },
  ],
  keyOf: (row) => `${row.customerNo} ${row.season} ${row.feeItem} ${row.areaNo}`,
  told: (row) => {
    if ((row.amount === null) === (row.share === null)) {
      const zh = '「减免金额」与「减免比例（%）」须填写其中一项'
      return { fault: 'reduction.one_of', key: 'amount', zh }
    }
    const by =
      row.amount === null
        ? ({ mode: 'PERCENT', share: row.share as bigint } as const)
        : ({ mode: 'AMOUNT', amountFen: row.amount as Fen } as const)
    const room = row.areaNo === null ? {} : { areaNo: row.areaNo as number }
    const of = { season: row.season as string, feeItem: row.feeItem as FeeItem }
    return { type: 'REDUCTION', ...of, ...room, by }
  },
}

const flags: Template = {
  name: 'flags',
  title: '控制标志',
  about: '每行一户一个标志，填 是 为设置，填 否 为取消。',
  does: 'flags',
  columns: [
    customerNo,
    choice('flag', '控制标志', flagWords),
    { key: 'value', title: '是否设置', kind: { is: 'yes_no' }, isRequired: true, example: '是' },
    { ...remark, isRequired: true },
  ],
  keyOf: (row) => `${row.customerNo} ${row.flag}`,
  flagOf: (row) => ({ flag: row.flag as Flag, value: row.value as boolean }),
}

const payments: Template = {
  name: 'payments',
  title: '收费员收款',
  about: '收费员上门收取的现金，每行一笔；收据号在文件内不能重复。',
  does: 'events',
  channel: 'collector',
  columns: [
    customerNo,
    money('amount', '收款金额'),
    {
      key: 'receiptNo',
      title: '收据号',
      kind: { is: 'code', pattern: /^[0-9A-Za-z-]{1,30}$/, shape: '1 至 30 位数字或字母' },
      isRequired: true,
      example: '00012345',
    },
    word('collector', '收费员', 20, { example: '李敏' }),
    remark,
  ],
  keyOf: (row) => String(row.receiptNo),
  told: (row) => {
    return { type: 'PAYMENT', amountFen: row.amount as Fen, channel: 'collector', funds: 'cash' }
  },
}

const customers: Template = {
  name: 'customers',
  title: '新增用户',
  about: '每行一个面积项；同一用户的几个面积项写几行，户名、小区、地址相同。',
  does: 'customers',
  columns: [
    customerNo,
    word('name', '户名', 40, { example: '王建国' }),
    word('community', '小区', 40, { example: '翡翠城', note: '须已在系统中' }),
    word('address', '地址', 100, { example: '3 号楼 2 单元 501' }),
    choice('nature', '用户性质', natureWords),
    choice(
      'networkStatus',
      '入网状态',
      { PENDING: networkWords.PENDING!, IN_NETWORK: networkWords.IN_NETWORK! },
      { isRequired: false, note: '不填为 在网' },
    ),
    {
      key: 'phone',
      title: '电话',
      kind: { is: 'code', pattern: /^1\d{10}$/, shape: '11 位手机号' },
      isRequired: false,
      example: '13800000000',
    },
    { ...areaNo, kind: { is: 'integer', least: 1, most: 999 } },
    word('areaItem', '面积项', 30, { isRequired: false, example: '住宅' }),
    area('building', '建筑面积'),
    area('billing', '收费面积', { isRequired: false, note: '不填按建筑面积' }),
    height,
    word('priceClass', '单价类型', 30),
    choice('billingMethod', '计费方式', billingMethodWords, {
      isRequired: false,
      note: '不填为 按面积',
    }),
  ],
  keyOf: roomKey,
  roomOf: (row) => ({
    customerNo: row.customerNo as string,
    name: row.name as string,
    community: row.community as string,
    address: row.address as string,
    nature: row.nature as string,
    networkStatus: (row.networkStatus as string) ?? 'IN_NETWORK',
    phone: row.phone as string | null,
    areaNo: row.areaNo as number,
    areaItem: (row.areaItem as string) ?? '',
    category: (row.areaItem as string) ?? '住宅',
    buildingAreaDm2: row.building as bigint,
    billingAreaDm2: (row.billing ?? row.building) as bigint,
    storeyHeightCm: row.heightCm === null ? null : Number(row.heightCm),
    priceClass: row.priceClass as string,
    billingMethod: (row.billingMethod as string) ?? 'BY_AREA',
  }),
}

export const templates: readonly Template[] = [
  customers,
  arrears,
  areas,
  classes,
  reductions,
  meters,
  flags,
  payments,
]
export const templateNames = templates.map(({ name }) => name)
export const templateNamed = (name: string): Template => {
  const template = templates.find((each) => each.name === name)
  if (!template) throw new Error(`no template ${name}`)
  return template
}
