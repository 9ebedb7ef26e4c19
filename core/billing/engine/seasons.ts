// Seasons of one account (domain.md §5): opening copies the cards, carries the stops and charges by
// the formula; closing freezes the copies. Opening again changes nothing and picks up what was
// missing.
import { type Fen, fen, minFen } from '@reli/sdk'
import { lockPrice } from '../balances.ts'
import type { Day } from '../seasons.ts'
import type { Draft } from './draft.ts'
import type { CloseSeason, ImportArrears, OpenSeason } from './events.ts'
import { priceOf, stopsOf, targetsOf } from './facts.ts'
import { endless } from './purse.ts'
import { retarget } from './retarget.ts'
import type { AreaCard, AreaSeason, Fact, SeasonTerms, StopFact } from './state.ts'

/** With `heatFrom` the days before it bear no fee: whoever joins while heat is on. */
export function openSeason(
  draft: Draft,
  { season, lockedPrices }: Pick<OpenSeason, 'season' | 'lockedPrices'>,
  heatFrom: Day | null = null,
): void {
  const terms = draft.season(season)
  if (draft.state.network !== 'IN_NETWORK') return
  let prepaidFen = draft.state.balanceFen
  for (const card of draft.state.cards.toSorted((a, b) => a.areaNo - b.areaNo)) {
    const { areaNo } = card
    const isOpen = draft.state.areaSeasons.some(
      (of) => of.season === season && of.areaNo === areaNo,
    )
    if (isOpen || !isChargedIn(draft, card)) continue
    const copy = copyOf(draft, card, terms, heatFrom)
    const then = lockedPrices?.[card.priceClass]
    const { area, usedFen } =
      then === undefined
        ? { area: copy, usedFen: 0n }
        : withLockedPrice(copy, terms, then, prepaidFen)
    prepaidFen = fen(prepaidFen - usedFen)
    draft.state = { ...draft.state, areaSeasons: [...draft.state.areaSeasons, area] }
    retarget(draft, area, true)
  }
  const cards = draft.state.cards.map((card) => ({ ...card, waitingStops: [] }))
  if (draft.state.cards.some((card) => card.waitingStops.length > 0)) {
    draft.state = { ...draft.state, cards }
  }
}

/**
 * §4.2: what exists but is not billed, is off the network, or waits to be opened for the first
 * time.
 */
const isChargedIn = ({ rules }: Draft, { isBilled, status }: AreaCard): boolean =>
  isBilled &&
  status !== 'DISCONNECTED' &&
  !(status === 'NOT_OPENED' && rules.policy.notOpened === 'NONE')

function copyOf(
  draft: Draft,
  card: AreaCard,
  terms: SeasonTerms,
  heatFrom: Day | null,
): AreaSeason {
  const { areaNo, areaItem, billingDm2, heightCm, priceClass } = card
  const facts: Fact[] = [...carriedStops(draft, card, terms), ...card.waitingStops]
  if (card.status === 'NOT_OPENED' && draft.rules.policy.notOpened === 'BASE') {
    const id = `${draft.eventId}/${areaNo}`
    facts.push({ ...wholeSeason(terms), id, isForced: false, carriedFrom: null })
  }
  const { season, span } = terms
  if (heatFrom !== null && heatFrom > span.from) {
    const id = `${draft.eventId}/${areaNo}`
    facts.push({ kind: 'DISCONNECT', id, on: span.from, policy: 'PRORATA' })
    facts.push({ kind: 'RESTORE', id, on: heatFrom })
  }
  return {
    season,
    areaNo,
    areaItem,
    billingDm2,
    heightCm,
    priceClass,
    facts,
    offsets: {},
    isFrozen: false,
  }
}

const wholeSeason = ({ span }: SeasonTerms) =>
  ({ kind: 'STOP', areaDm2: 'ALL', from: span.from, until: null }) as const

/** A stop lasts until the customer resumes; a forced one in any case (R30). */
function carriedStops(draft: Draft, { areaNo }: AreaCard, terms: SeasonTerms): StopFact[] {
  const { season, span } = terms
  const last = draft.state.areaSeasons
    .filter((area) => area.areaNo === areaNo && area.season < season)
    .sort((a, b) => (a.season < b.season ? 1 : -1))[0]
  if (!last) return []
  return stopsOf(last)
    .filter(({ isForced }) => isForced || draft.rules.policy.carriesStops)
    .filter(({ until }) => until === null || until > span.from)
    .map(({ isResumed: _, ...stop }) => {
      return { ...stop, id: `${stop.id}/${season}`, from: span.from, carriedFrom: stop.id }
    })
}

function withLockedPrice(
  area: AreaSeason,
  terms: SeasonTerms,
  priceThen: bigint,
  prepaidFen: Fen,
): { area: AreaSeason; usedFen: bigint } {
  const { unitPrice } = priceOf(terms, area.priceClass)
  const { feeFen, reliefFen } = lockPrice(area.billingDm2, priceThen, unitPrice, prepaidFen)
  const heating = targetsOf(area, terms).get('HEATING')?.amountFen ?? fen(0)
  const offsetFen = fen(-minFen(reliefFen, heating))
  return { area: { ...area, offsets: { HEATING: offsetFen } }, usedFen: minFen(prepaidFen, feeFen) }
}

export function closeSeason(draft: Draft, { season }: CloseSeason): void {
  draft.season(season)
  const areaSeasons = draft.state.areaSeasons.map((area) =>
    area.season === season ? { ...area, isFrozen: true } : area,
  )
  draft.state = { ...draft.state, areaSeasons }
}

/** Where the money of the time before this product stands. */
export const formerBooks = 'opening_balance'
export const formerSource = (eventId: string) => `import:${eventId}`

/** Loading history 陈欠补录: unpaid since the due date of its own season. */
export function importArrears(draft: Draft, event: ImportArrears): void {
  const { season, feeItem, areaNo, amountFen, receivedFen } = event
  const { lateFee } = draft.season(season)
  const areaItem = draft.state.cards.find((card) => card.areaNo === areaNo)?.areaItem ?? ''
  const { chargeId } = draft.openLine({ season, areaNo, areaItem }, feeItem, lateFee.dueOn)
  draft.change(chargeId, 'CHARGED', amountFen)
  if (receivedFen === 0n) return
  const on = lateFee.dueOn
  const nothing = { lateFeeFen: fen(0), discountFen: fen(0), discountRate: 0n }
  const part = { chargeId, causeId: draft.eventId, source: formerSource(draft.eventId), on }
  draft.settle({ ...part, principalFen: receivedFen, ...nothing }, endless(formerBooks))
}
