// A customer's way through the network (domain.md §3.4 A, §3.5): access, name transfer, restoring,
// closing. Disconnecting is in rooms.ts, split and merge are in together.ts.
import { outstandingOf } from '../accounts.ts'
import { next } from '../machines/machine.ts'
import { network } from '../machines/network.ts'
import { type BillingRefusalCode, NotAllowed } from '../refusals.ts'
import type { Day } from '../seasons.ts'
import type { Draft } from './draft.ts'
import type { Access, CloseAccount, Restore, TransferName } from './events.ts'
import { factsOf } from './facts.ts'
import { isSettled } from './lines.ts'
import { endless } from './purse.ts'
import { append, openAreas, replaceCard } from './rooms.ts'
import { openSeason } from './seasons.ts'
import type { AreaCard, Receivable } from './state.ts'

type NetworkEvent = 'ACCESS' | 'RESTORE' | 'CLOSE_ACCOUNT'

function move(draft: Draft, event: NetworkEvent): void {
  const to = next(network, draft.state.network, event, (guard) => isBroken(draft, guard))
  draft.state = { ...draft.state, network: to }
}

/** What the account itself knows; open cases and invoices are looked up by whoever asks. */
function isBroken(draft: Draft, guard: BillingRefusalCode): boolean {
  const { lines, balanceFen, cards } = draft.state
  switch (guard) {
    case 'customer.in_arrears':
      return lines.some((line) => !isSettled(line, draft.on))
    case 'customer.has_balance':
      return balanceFen > 0n
    case 'access.unpaid':
      return lines.some((line) => line.feeItem === 'ACCESS' && isOwedWithoutPlan(line, draft.on))
    case 'area.missing':
      return cards.length === 0
    default:
      return false
  }
}

/** Parts of a plan may wait for their day; what nobody planned is paid first. */
function isOwedWithoutPlan(line: Receivable, on: Day): boolean {
  if (outstandingOf(line) <= 0n) return false
  const isPart = line.changes[0]?.kind === 'MOVED'
  return !isPart || line.lateFeeTerms.dueOn < on
}

export function access(draft: Draft, event: Access): void {
  move(draft, 'ACCESS')
  const heatFrom = event.isProrated ? event.effectiveOn : null
  for (const season of event.openSeasons.toSorted()) openSeason(draft, { season }, heatFrom)
}

export function transferName(draft: Draft, { isDebtTaken, balance }: TransferName): void {
  if (draft.state.network === 'PENDING') throw new NotAllowed('customer.not_in_network')
  const isOwing = draft.state.lines.some((line) => !isSettled(line, draft.on))
  if (isOwing && !isDebtTaken) throw new NotAllowed('customer.in_arrears')
  const { balanceFen } = draft.state
  if (balanceFen > 0n && balance === null) throw new NotAllowed('balance.undecided', { balanceFen })
  if (balance?.is === 'REFUNDED') draft.moveBalance(-balanceFen, 'REFUNDED', endless(balance.funds))
}

export function restore(draft: Draft, { areaNo, effectiveOn, openSeasons }: Restore): void {
  const cards = draft.state.cards.filter((card) => areaNo === undefined || card.areaNo === areaNo)
  if (cards.length === 0) throw new NotAllowed('area.unknown', { areaNo: areaNo ?? 0 })
  const off = cards.filter(({ status }) => status === 'DISCONNECTED')
  if (draft.state.network === 'DISCONNECTED') move(draft, 'RESTORE')
  else if (off.length === 0) throw new NotAllowed('area.in_network')
  for (const card of off) restoreRoom(draft, card, effectiveOn)
  // What was opened while it was away is charged from the day of its return.
  for (const season of openSeasons.toSorted()) openSeason(draft, { season }, effectiveOn)
}

function restoreRoom(draft: Draft, card: AreaCard, on: Day): void {
  for (const area of openAreas(draft, card.areaNo)) {
    const left = factsOf(area, 'DISCONNECT').at(-1)
    if (!left) continue
    if (on < left.on) throw new NotAllowed('restore.before_disconnect', { on, leftOn: left.on })
    if (on >= draft.season(area.season).span.until) continue
    append(draft, area, { kind: 'RESTORE', id: draft.eventId, on })
  }
  replaceCard(draft, { ...card, status: 'NORMAL' })
}

export function closeAccount(draft: Draft, _: CloseAccount): void {
  move(draft, 'CLOSE_ACCOUNT')
}
