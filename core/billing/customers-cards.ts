// Opening and editing cards: reads what the card refers to, lets the rules decide, writes the card
// and its trail in one transaction.
import { randomBytes } from 'node:crypto'
import { dm2 } from '@reli/sdk'
import type { Tx } from '../db/db.ts'
import { type FieldProblem, Problem } from '../http/problems.ts'
import { recordAct } from '../org/audit.ts'
import type { SignedIn } from '../org/sessions.ts'
import * as sql from './customers.sql.ts'
import { addressOf, type Card, changesOf, columnsOf, isIdCard, trailOf } from './customers.ts'
import * as parts from './customers-parts.sql.ts'
import type { AreaItem, CardChange, NewCustomer } from './customers-shapes.ts'
import { dictionariesOf } from './dictionaries.sql.ts'
import { isCategory, wrongValues } from './dictionaries.ts'
import { lettersOf } from './search/initials.ts'
import { billingArea } from './tariffs.ts'

type Changes = Omit<CardChange, 'version' | 'reason'>

const blank: Omit<Card, 'customerId' | 'customerNo' | 'nature' | 'networkStatus' | 'version'> = {
  name: '',
  cardNo: null,
  legacyCode: null,
  accessName: null,
  ownerName: null,
  occupantName: null,
  idType: null,
  idNumber: null,
  phone: null,
  phoneFixed: null,
  email: null,
  postalAddress: null,
  workUnit: null,
  communityId: '',
  buildingId: null,
  unitId: null,
  floorNo: null,
  roomNo: null,
  doorPlate: null,
  address: '',
  controlMode: 'SEPARATE',
  supplyValve: null,
  returnValve: null,
  supplySealNo: null,
  returnSealNo: null,
  exchangerCount: 0,
  sensorNo: null,
  classes: {},
  tags: [],
  accessOn: null,
  accessSeason: null,
  heatFirstOn: null,
  warrantyToOn: null,
  collectingPath: null,
  collectorId: null,
  inspectorId: null,
  remark: null,
  orgPath: '',
}

/** Of what one may see; what belongs to others does not exist. */
export async function cardByNumber(
  tx: Tx,
  companyId: string,
  customerNo: string,
): Promise<sql.CardRow> {
  const card = await tx.maybe(sql.cardByNo, [companyId, customerNo])
  if (!card) throw new Problem('thing.not_found')
  return card
}

/** The customer, locked: whose account is closed, nothing more is changed. */
export async function lockedCard(
  tx: Tx,
  { companyId }: SignedIn,
  customerNo: string,
): Promise<Card> {
  const card = await tx.maybe(sql.lockCard, [companyId, customerNo])
  if (!card) throw new Problem('thing.not_found')
  if (card.networkStatus === 'CLOSED') throw new Problem('customer.closed')
  return card
}

/** An act on what hangs on a card stands in the trail of its customer. */
export const recordOf = (
  tx: Tx,
  { companyId, login }: SignedIn,
  action: string,
  subject: string,
  { reason, ...rest }: { before?: unknown; after?: unknown; reason: string },
) => recordAct(tx, { companyId, actor: login, action, subject, ...rest, reason: reason.trim() })

/** A new customer waits for access: no fee is charged before the network has taken it in. */
export async function openCustomer(tx: Tx, user: SignedIn, body: NewCustomer): Promise<Card> {
  const { companyId, login } = user
  const { customerNo, nature, areaItems = [], reason, ...typed } = body
  const customerId = `cus_${randomBytes(8).toString('hex')}`
  const start: Card = {
    ...blank,
    customerId,
    customerNo,
    nature,
    networkStatus: 'PENDING',
    version: 1,
  }
  const after = await fitted(tx, companyId, start, typed)
  await refuseAreas(tx, companyId, areaItems)
  const letters = lettersOf(after.name)
  const row = columnsOf(after)
  const card = await tx.maybe(sql.insertCard, [
    companyId,
    customerId,
    customerNo,
    nature,
    letters,
    row,
  ])
  if (!card) throw new Problem('customer.exists')
  await addAreas(tx, companyId, customerId, 0, areaItems)
  await recordAct(tx, {
    companyId,
    actor: login,
    action: 'customer.opened',
    subject: customerId,
    after: { customerNo, nature, ...trailOf(card, changesOf(start, card)), areaItems },
    ...(reason && { reason: reason.trim() }),
  })
  return card
}

export async function editCustomer(
  tx: Tx,
  { companyId, login }: SignedIn,
  customerNo: string,
  { version, reason, ...typed }: CardChange,
): Promise<Card> {
  const before = await tx.maybe(sql.lockCard, [companyId, customerNo])
  if (!before) throw new Problem('thing.not_found')
  if (before.networkStatus === 'CLOSED') throw new Problem('customer.closed')
  if (version !== undefined && version !== before.version) throw new Problem('customer.outdated')
  const wanted = await fitted(tx, companyId, before, typed)
  const changes = changesOf(before, wanted)
  if (changes.length === 0) throw new Problem('customer.unchanged')
  const letters = changes.includes('name') ? lettersOf(wanted.name) : null
  const { customerId } = before
  const after = await tx.one(sql.updateCard, [companyId, customerId, letters, columnsOf(wanted)])
  await recordAct(tx, {
    companyId,
    actor: login,
    action: 'customer.edited',
    subject: customerId,
    before: trailOf(before, changes),
    after: trailOf(after, changes),
    reason: reason.trim(),
  })
  return after
}

/** The card as it will be, with all that it refers to looked up; refuses what does not fit. */
async function fitted(
  tx: Tx,
  companyId: string,
  before: Card,
  typed: Partial<Changes>,
): Promise<Card> {
  const after = { ...before, ...typed } as Card
  if (after.communityId !== before.communityId && before.communityId !== '') {
    // What was not said anew belonged to the old community.
    if (typed.buildingId === undefined) after.buildingId = null
    if (typed.unitId === undefined) after.unitId = null
  }
  const problems: FieldProblem[] = []
  const home = await tx.maybe(sql.homeOf, [
    companyId,
    after.communityId,
    after.buildingId,
    after.unitId,
  ])
  if (!home || home.communityState === 'DEMOLISHED') {
    problems.push({ field: 'communityId', message: '「小区」不存在或已停用' })
  } else {
    if (after.buildingId !== null && home.building === null)
      problems.push({ field: 'buildingId', message: '「楼栋」不在该小区' })
    if (after.unitId !== null && home.unit === null)
      problems.push({ field: 'unitId', message: '「单元」不在该楼栋' })
    const hasMoved = (['communityId', 'buildingId', 'unitId', 'roomNo'] as const).some(
      (field) => after[field] !== before[field],
    )
    if (hasMoved && typed.address === undefined)
      after.address = addressOf({ ...home, roomNo: after.roomNo })
    if (after.communityId !== before.communityId) after.orgPath = home.orgPath
  }
  problems.push(...(await wrongReferences(tx, companyId, before, after)))
  if (after.idType === 'ID_CARD' && after.idNumber !== null && !isIdCard(after.idNumber))
    problems.push({ field: 'idNumber', message: '「证件号码」不是有效的身份证号码' })
  if (problems.length > 0) throw new Problem('request.invalid', problems)
  return after
}

async function wrongReferences(
  tx: Tx,
  companyId: string,
  before: Card,
  after: Card,
): Promise<FieldProblem[]> {
  const { collectingPath, collectorId, inspectorId } = after
  const known = await tx.one(sql.knownPeople, [
    companyId,
    collectingPath === before.collectingPath ? null : collectingPath,
    collectorId === before.collectorId ? null : collectorId,
    inspectorId === before.inspectorId ? null : inspectorId,
  ])
  const problems = wrongValues(await tx.many(dictionariesOf, [companyId]), before, after)
  if (!known.isPath)
    problems.push({ field: 'collectingPath', message: '「收费机构」不存在或已停用' })
  if (!known.isCollector) problems.push({ field: 'collectorId', message: '「收费员」不存在' })
  if (!known.isInspector) problems.push({ field: 'inspectorId', message: '「稽查员」不存在' })
  return problems
}

export async function refuseAreas(
  tx: Tx,
  companyId: string,
  items: readonly AreaItem[],
): Promise<void> {
  if (items.length === 0) return
  const classes = items.map(({ priceClass }) => priceClass)
  const [unknown] = await tx.many(parts.unknownPriceClasses, [companyId, classes])
  const problems: FieldProblem[] = []
  if (unknown)
    problems.push({
      field: 'priceClass',
      message: `「单价类型」没有可用的取值「${unknown.priceClass}」`,
    })
  const dictionaries = await tx.many(dictionariesOf, [companyId])
  for (const { category } of items) {
    if (!isCategory(dictionaries, category))
      problems.push({
        field: 'category',
        message: `「面积类别」没有可用的取值「${category}」`,
      })
  }
  if (problems.length > 0) throw new Problem('request.invalid', problems)
}

/** Numbered on from the last; the billing area follows from the coefficient, or is given. */
export async function addAreas(
  tx: Tx,
  companyId: string,
  customerId: string,
  lastNo: number,
  items: readonly AreaItem[],
): Promise<void> {
  if (items.length === 0) return
  const rows = items.map((item, at) => {
    const coefficient = BigInt(item.areaCoefficient ?? 1_000_000)
    const measured = { buildingDm2: dm2(BigInt(item.buildingAreaDm2)), coefficient }
    return {
      customer_id: customerId,
      area_item_id: `are_${randomBytes(8).toString('hex')}`,
      area_no: lastNo + at + 1,
      area_item: item.areaItem ?? item.category,
      category: item.category,
      status: 'NORMAL',
      building_area_dm2: item.buildingAreaDm2,
      inner_area_dm2: item.innerAreaDm2,
      usable_area_dm2: item.usableAreaDm2,
      shared_area_dm2: item.sharedAreaDm2,
      balcony_area_dm2: item.balconyAreaDm2,
      balcony_heated: item.balconyHeated ?? false,
      mezzanine_area_dm2: item.mezzanineAreaDm2,
      mezzanine_heated: item.mezzanineHeated ?? false,
      area_coefficient: coefficient.toString(),
      billing_area_dm2: item.billingAreaDm2 ?? billingArea(measured, 'BUILDING_COEF').toString(),
      storey_height_cm: item.storeyHeightCm,
      price_class: item.priceClass,
      billing_method: item.billingMethod ?? 'BY_AREA',
      meter_price_class: item.meterPriceClass,
      generate_bill: item.generateBill ?? true,
      meter_no: item.meterNo,
      valve_no: item.valveNo,
      remark: item.remark,
    }
  })
  await tx.run(parts.insertAreaItems, [companyId, JSON.stringify(rows)])
}
