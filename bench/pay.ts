// `npm run bench:pay`: durable payments per second through the canonical API, 512 in flight, beside
// pgbench TPC-B on the same cluster in the same run. Aim: 10 times TPC-B at 100,000 customers.
import assert from 'node:assert/strict'
import { type Bill, fen, type Outcome } from '@reli/sdk'
import { query } from '../core/db/db.ts'
import { wholeCompanies } from '../core/db/scope.ts'
import type { Call } from '../core/hub/handlers.ts'
import { createSpine } from '../core/hub/run.ts'
import { ground, median, perSecond } from './ground.ts'

const customers = 100_000
const paymentsPerRound = 30_000
const rounds = 3
const inFlight = 512
const tpcbSeconds = 5
const companyId = 'c1'
const singleLimitFen = 5_000_000n
const outlet = '0200000101'

const customerNos = query<[limit: number], { customerNo: string }>(
  'bench_customers',
  `
  select customer_no from reli.customers
   where not (bank_blocked or collection_locked or inspection_locked or in_approval or must_visit_hall)
   order by customer_no limit $1`,
)

const { db, tpcb, stop } = await ground(customers)
const log = {
  error: (detail: object, message: string) => {
    throw new Error(message, { cause: detail })
  },
}
const spine = createSpine({ db, companyId, log })
const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
const expiresAt = () => performance.now() + 30_000

await ask({
  channel: 'icbc',
  operation: 'link.sign_on',
  input: { bankDate: today },
  origin: 'partner',
  expiresAt: expiresAt(),
})
const payers = await db.read(wholeCompanies(companyId), (tx) =>
  tx.many(customerNos, [rounds * paymentsPerRound]),
)
const bills: Bill[] = []
await pump(payers, async ({ customerNo }) => {
  const outcome = await ask<Bill>({
    channel: 'icbc',
    operation: 'bill.query',
    input: { customerNo, bankDate: today, outlet },
    origin: 'partner',
    expiresAt: expiresAt(),
  })
  // An organisation may owe more than the bank's single limit; it pays at the hall.
  if (outcome.is === 'done' && outcome.value.totalPayableFen <= singleLimitFen)
    bills.push(outcome.value)
})
console.log(`${customers} customers, ${bills.length} bills to pay, ${inFlight} in flight`)

const ours: number[] = []
const theirs: number[] = []
for (let round = 0; round < rounds; round++) {
  theirs.push(tpcb(tpcbSeconds))
  const share = bills.slice(round * paymentsPerRound, (round + 1) * paymentsPerRound)
  const began = performance.now()
  await pump(share, (bill, at) => pay(bill, round * paymentsPerRound + at))
  ours.push(share.length / ((performance.now() - began) / 1000))
  console.log(
    `  round ${round + 1}: payments ${perSecond(ours.at(-1)!)}, TPC-B ${perSecond(theirs.at(-1)!)}`,
  )
}
console.log(
  `payments ${perSecond(median(ours))}, TPC-B ${perSecond(median(theirs))}, ` +
    `ratio ${(median(ours) / median(theirs)).toFixed(1)} (aim 10)`,
)
await stop()

async function pay(bill: Bill, at: number): Promise<void> {
  const outcome = await ask({
    channel: 'icbc',
    operation: 'payment.pay',
    key: { bankDate: today, serial: `${at}`.padStart(12, '0') },
    input: { customerNo: bill.customerNo, amountFen: fen(bill.totalPayableFen), outlet },
    origin: 'partner',
    expiresAt: expiresAt(),
  })
  assert.equal(outcome.is, 'done')
}

async function ask<T>(call: Call): Promise<Outcome<T>> {
  return (await spine.run(call)) as Outcome<T>
}

/** Keeps `inFlight` items under way until all are done. */
async function pump<T>(
  items: readonly T[],
  work: (item: T, at: number) => Promise<void>,
): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < items.length) {
        const at = next++
        await work(items[at]!, at)
      }
    }),
  )
}
