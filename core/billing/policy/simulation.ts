// What a draft would have made of a season that is known: the same rooms, stops and changes, priced
// by the draft. The amounts come from the function that charges; nothing is written. Rooms stream
// through a cursor, so memory does not grow with the company.
import { type Dm2, dm2, type Fen, fen } from '@reli/sdk'
import type { Tx } from '../../db/db.ts'
import { targetsOf } from '../engine/facts.ts'
import type { AreaSeason, Fact, SeasonTerms } from '../engine/state.ts'
import { NotAllowed } from '../refusals.ts'
import { unpack } from '../store/pack.ts'
import { pricesOf, seasonsWithPolicy } from '../store/rules.sql.ts'
import { billingArea } from '../tariffs.ts'
import type { PolicyJson } from './document.ts'
import type { FeeTerms } from './fees.ts'
import { hasRooms, type RoomRow, roomsOfCharged, roomsOfSeason } from './policies.sql.ts'
import { feesOf, termsOf } from './rules.ts'

export interface Sum {
  priceClass: string
  nature: string
  rooms: number
  /** As it was billed, and as the draft would bill it. */
  areaDm2: bigint
  areaAfterDm2: bigint
  beforeFen: Fen
  afterFen: Fen
}

export interface Simulation {
  customers: number
  sums: Sum[]
  /** Whose bill changes most, both ways. */
  largest: { customerNo: string; beforeFen: Fen; afterFen: Fen }[]
  /** Rooms whose class the draft does not name; they are in no sum. */
  withoutPrice: number
  /** Rooms that were never measured in the way the draft bills; they keep their area. */
  withoutArea: number
}

const rowsAtOnce = 2_000
const mostShown = 20

export async function simulate(
  tx: Tx,
  companyId: string,
  draft: PolicyJson,
  baseSeason: string,
): Promise<Simulation> {
  const rows = await tx.many(seasonsWithPolicy, [companyId])
  const base = rows.find(({ season }) => season === baseSeason)
  if (!base) throw new NotAllowed('season.unknown', { season: baseSeason })
  const prices = await tx.many(pricesOf, [companyId])
  const tally = new Tally(
    termsOf(
      base,
      prices.filter(({ season }) => season === baseSeason),
    ),
    termsOf({ ...base, policy: draft }),
    areaRule(feesOf(base), feesOf({ policy: draft }), draft),
  )
  const { found } = await tx.one(hasRooms, [companyId, baseSeason])
  const rooms = found ? roomsOfSeason : roomsOfCharged
  for await (const slice of tx.batches(rooms, [companyId, baseSeason], rowsAtOnce)) {
    for (const room of slice) tally.add(room)
  }
  return tally.result()
}

/** The billing area of a room under the draft; `null`: it was never measured that way. */
type AreaRule = (room: RoomRow) => Dm2 | null

/**
 * A room keeps the area it was billed by unless the draft measures otherwise: by another basis, or
 * by another coefficient of the same name.
 */
function areaRule(base: FeeTerms, tried: FeeTerms, draft: PolicyJson): AreaRule {
  const isSameBasis = draft.area_basis === undefined || base.areaBasis === tried.areaBasis
  return (room) => {
    const asBilled = dm2(room.billingAreaDm2)
    const was = room.areaCoefficient ?? 1_000_000n
    const name = Object.keys(base.coefficients).find((each) => base.coefficients[each] === was)
    const coefficient = (name === undefined ? undefined : tried.coefficients[name]) ?? was
    if (isSameBasis && (tried.areaBasis !== 'BUILDING_COEF' || coefficient === was)) return asBilled
    const { usableAreaDm2: usable, innerAreaDm2: inner } = room
    const areas = {
      buildingDm2: dm2(room.buildingAreaDm2 ?? 0n),
      coefficient,
      ...(usable !== null && { usableDm2: dm2(usable) }),
      ...(inner !== null && { innerDm2: dm2(inner) }),
      manualDm2: asBilled,
    }
    const area = billingArea(areas, tried.areaBasis)
    return area > 0n || asBilled === 0n ? area : null
  }
}

interface Bill {
  customerId: string
  customerNo: string
  beforeFen: bigint
  afterFen: bigint
}

class Tally {
  readonly #base: SeasonTerms
  readonly #tried: SeasonTerms
  readonly #areaOf: AreaRule
  readonly #sums = new Map<string, Sum>()
  #bill: Bill | undefined
  #largest: Simulation['largest'] = []
  #customers = 0
  #withoutPrice = 0
  #withoutArea = 0

  constructor(base: SeasonTerms, tried: SeasonTerms, areaOf: AreaRule) {
    this.#base = base
    this.#tried = tried
    this.#areaOf = areaOf
  }

  add(row: RoomRow): void {
    if (this.#bill?.customerId !== row.customerId) this.#next(row)
    const room = roomFrom(row, this.#base.season)
    const area = this.#areaOf(row)
    if (area === null) this.#withoutArea++
    const billingDm2 = area ?? room.billingDm2
    const beforeFen = amountOf(room, this.#base)
    const afterFen = amountOf({ ...room, billingDm2 }, this.#tried)
    if (beforeFen === null || afterFen === null) {
      this.#withoutPrice++
      return
    }
    this.#bill!.beforeFen += beforeFen
    this.#bill!.afterFen += afterFen
    const { priceClass, nature } = row
    const key = `${priceClass}|${nature}`
    const sum = this.#sums.get(key) ?? emptySum(priceClass, nature)
    sum.rooms++
    sum.areaDm2 += room.billingDm2
    sum.areaAfterDm2 += billingDm2
    sum.beforeFen = fen(sum.beforeFen + beforeFen)
    sum.afterFen = fen(sum.afterFen + afterFen)
    this.#sums.set(key, sum)
  }

  #next(row: RoomRow | undefined): void {
    const bill = this.#bill
    if (bill && bill.beforeFen !== bill.afterFen) {
      const { customerNo, beforeFen, afterFen } = bill
      this.#largest.push({ customerNo, beforeFen: fen(beforeFen), afterFen: fen(afterFen) })
      if (this.#largest.length > 50 * mostShown) this.#trim()
    }
    if (!row) return
    this.#customers++
    const { customerId, customerNo } = row
    this.#bill = { customerId, customerNo, beforeFen: 0n, afterFen: 0n }
  }

  /** The largest first; of equal ones the lower number, so that a repetition shows the same. */
  #trim(): void {
    this.#largest.sort(
      (a, b) => compare(sizeOf(b), sizeOf(a)) || compare(a.customerNo, b.customerNo),
    )
    this.#largest = this.#largest.slice(0, mostShown)
  }

  result(): Simulation {
    this.#next(undefined)
    this.#trim()
    return {
      customers: this.#customers,
      sums: [...this.#sums.keys()].sort().map((key) => this.#sums.get(key)!),
      largest: this.#largest,
      withoutPrice: this.#withoutPrice,
      withoutArea: this.#withoutArea,
    }
  }
}

const emptySum = (priceClass: string, nature: string): Sum => ({
  priceClass,
  nature,
  rooms: 0,
  areaDm2: 0n,
  areaAfterDm2: 0n,
  beforeFen: fen(0),
  afterFen: fen(0),
})

const sizeOf = ({ beforeFen, afterFen }: Simulation['largest'][number]): bigint =>
  afterFen > beforeFen ? afterFen - beforeFen : beforeFen - afterFen

const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

const roomFrom = (row: RoomRow, season: string): AreaSeason => ({
  season,
  areaNo: row.areaNo,
  areaItem: row.areaItem,
  billingDm2: dm2(row.billingAreaDm2),
  heightCm: row.storeyHeightCm,
  priceClass: row.priceClass,
  facts: row.facts.map((fact) => unpack<Fact>(fact)),
  offsets: unpack<AreaSeason['offsets']>(row.offsets),
  isFrozen: true,
})

/** `null`: the terms have no price for its class, or for one that it changed to. */
function amountOf(room: AreaSeason, terms: SeasonTerms): bigint | null {
  const classes = room.facts.flatMap((fact) => ('priceClass' in fact ? [fact.priceClass] : []))
  for (const each of [room.priceClass, ...classes]) {
    if (each !== undefined && !terms.prices[each]) return null
  }
  let sum = 0n
  for (const { amountFen } of targetsOf(room, terms).values()) sum += amountFen
  return sum
}
