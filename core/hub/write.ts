// Step three of the spine: what a batch decided, written by one set-based statement per table, in
// the order in which every transaction takes its locks: operations, entries, charges, balances,
// outbox.
import assert from 'node:assert/strict'
import { toJson } from '@reli/sdk'
import type { ChargeLine } from '../billing/accounts.ts'
import { causes, suggestions } from '../collection/notices.ts'
import {
  type Change,
  keyText,
  type Operation,
  takenFen,
  type World,
} from '../collection/operations.ts'
import { insertLatePayments } from '../collection/reconcile.sql.ts'
import type { Tx } from '../db/db.ts'
import { writeEntries } from '../ledger/entries.ts'
import {
  addToBalances,
  insertOperations,
  insertOutbox,
  moveOperations,
  updateLines,
} from './write.sql.ts'

/** Another hub wrote one of our keys first: roll back, gather again, and find its answer. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken'
}

/** Applies changes to the world one after the other and remembers what has to be written. */
export class Batch {
  readonly #world: World
  readonly #known: ReadonlySet<string>
  readonly #operations = new Map<string, Operation>()
  readonly #lines = new Map<string, ChargeLine>()
  readonly #changes: Change[] = []

  constructor(world: World) {
    this.#world = world
    this.#known = new Set(world.operations.keys())
  }

  /** The next decision of the batch sees this one. */
  apply(change: Change): void {
    const { operation, lines } = change
    if (operation.state === 'PAID') assert.equal(takenFen(operation), operation.amountFen)
    const key = keyText(operation.channelId, operation)
    this.#world.operations.set(key, operation)
    this.#operations.set(key, operation)
    this.#changes.push(change)
    if (lines.length === 0) return
    const account = this.#world.accounts.get(operation.customerNo!)!
    const changed = new Map(lines.map((line) => [line.chargeId, line]))
    for (const line of lines) this.#lines.set(line.chargeId, line)
    const after = account.lines.map((line) => changed.get(line.chargeId) ?? line)
    this.#world.accounts.set(operation.customerNo!, { ...account, lines: after })
  }

  async write(tx: Tx, companyId: string): Promise<void> {
    if (this.#changes.length === 0) return
    const fresh: Operation[] = []
    const moved: Operation[] = []
    for (const key of [...this.#operations.keys()].sort()) {
      const operation = this.#operations.get(key)!
      ;(this.#known.has(key) ? moved : fresh).push(operation)
    }
    await writeFresh(tx, companyId, this.#world.bookingOn, fresh)
    await writeMoved(tx, companyId, moved)
    const entries = this.#changes.flatMap(({ entry }) => entry ?? [])
    await writeEntries(tx, companyId, this.#world.bookingOn, entries)
    await writeLines(tx, companyId, [...this.#lines.values()])
    await writeBalances(tx, companyId, this.#changes)
    await writeOutbox(tx, companyId, this.#changes)
    await writeLate(tx, companyId, this.#changes)
  }
}

async function writeFresh(
  tx: Tx,
  companyId: string,
  bookingOn: string,
  operations: readonly Operation[],
): Promise<void> {
  if (operations.length === 0) return
  const column = <K extends keyof Operation>(name: K) => operations.map((o) => o[name])
  const written = await tx.run(insertOperations, [
    companyId,
    bookingOn,
    column('channelId'),
    column('bankDate'),
    column('serial'),
    column('state'),
    column('customerNo'),
    column('customerId'),
    column('amountFen'),
    column('refusal'),
    operations.map(({ answer }) => (answer === null ? null : toJson(answer))),
    operations.map(({ parts, toBalanceFen, entrySeq }) =>
      entrySeq === null ? null : toJson({ parts, toBalanceFen }),
    ),
    column('receiptNo'),
    column('outlet'),
    column('teller'),
    column('paidAt'),
    column('entrySeq'),
    column('reversalSeq'),
    column('frameId'),
  ])
  if (written !== operations.length) throw new KeyTaken()
}

async function writeMoved(
  tx: Tx,
  companyId: string,
  operations: readonly Operation[],
): Promise<void> {
  if (operations.length === 0) return
  const column = <K extends keyof Operation>(name: K) => operations.map((o) => o[name])
  const written = await tx.run(moveOperations, [
    companyId,
    column('channelId'),
    column('bankDate'),
    column('serial'),
    column('state'),
    column('customerNo'),
    column('amountFen'),
    column('reversalSeq'),
  ])
  assert.equal(written, operations.length, 'a locked operation was not there to be moved')
}

async function writeLines(tx: Tx, companyId: string, lines: readonly ChargeLine[]): Promise<void> {
  if (lines.length === 0) return
  const written = await tx.run(updateLines, [
    companyId,
    lines.map((l) => l.chargeId),
    lines.map((l) => l.paidFen),
    lines.map((l) => l.discountFen),
    lines.map((l) => l.lateFee.settledProduct),
    lines.map((l) => l.lateFee.paidFen),
  ])
  assert.equal(written, lines.length, 'a locked charge was not there to be changed')
}

async function writeBalances(tx: Tx, companyId: string, changes: readonly Change[]): Promise<void> {
  const moved = changes.filter((change) => change.balanceFen !== 0n)
  if (moved.length === 0) return
  await tx.run(addToBalances, [
    companyId,
    moved.map((c) => c.operation.customerId!),
    moved.map((c) => c.balanceFen),
  ])
}

/** The worker makes the documents of each entry from these (invoice, voucher, notice). */
async function writeOutbox(tx: Tx, companyId: string, changes: readonly Change[]): Promise<void> {
  const told = changes.filter((change) => change.entry !== null)
  if (told.length === 0) return
  await tx.run(insertOutbox, [
    companyId,
    told.map((c) => c.entry!.event),
    told.map((c) => c.entry!.entrySeq),
    told.map(({ operation, entry }) =>
      toJson({
        event: entry!.event,
        amountFen: operation.amountFen,
        customerId: operation.customerId,
      }),
    ),
  ])
}

/** What the day's file cannot name waits for a person from the moment it is booked (F35). */
async function writeLate(tx: Tx, companyId: string, changes: readonly Change[]): Promise<void> {
  const late = changes.filter((change) => change.isLate).map(({ operation }) => operation)
  if (late.length === 0) return
  await tx.run(insertLatePayments, [
    companyId,
    late.map((o) => o.channelId),
    late.map((o) => o.bankDate),
    late.map((o) => o.serial),
    late.map((o) => o.amountFen!),
    late.map((o) => o.customerNo!),
    causes.late,
    suggestions.late,
  ])
}
