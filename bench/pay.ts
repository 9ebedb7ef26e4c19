// `npm run bench:pay`: durable payments per second through the canonical API, 512 in flight, beside
// pgbench TPC-B on the same cluster in the same run. Aim: 10 times TPC-B at 100,000 customers.
import assert from 'node:assert/strict'
import type { Bill } from '@reli/sdk'
import { createSpine } from '../core/hub/run.ts'
import { billsToPay, companyId, outlet, patient, pump, today } from './bills.ts'
import { ground, median, perSecond } from './ground.ts'

const customers = 100_000
const paymentsPerRound = 30_000
const rounds = 3
const inFlight = 512
const tpcbSeconds = 5

const { db, tpcb, stop } = await ground(customers)
const log = {
  error: (detail: object, message: string) => {
    throw new Error(message, { cause: detail })
  },
}
const bankDate = today()
const spine = createSpine({ db, companyId, log })
const bills = await billsToPay(db, rounds * paymentsPerRound)
console.log(`${customers} customers, ${bills.length} bills to pay, ${inFlight} in flight`)

const ours: number[] = []
const theirs: number[] = []
for (let round = 0; round < rounds; round++) {
  theirs.push(tpcb(tpcbSeconds))
  const from = round * paymentsPerRound
  const share = bills.slice(from, from + paymentsPerRound)
  const began = performance.now()
  await pump(share, inFlight, (bill, at) => pay(bill, from + at))
  ours.push(share.length / ((performance.now() - began) / 1000))
  console.log(`  payments ${perSecond(ours[round]!)}, TPC-B ${perSecond(theirs[round]!)}`)
}
const ratio = median(ours) / median(theirs)
console.log(`payments ${perSecond(median(ours))}, TPC-B ${perSecond(median(theirs))}`)
console.log(`ratio ${ratio.toFixed(1)} (aim 10)`)
await stop()

async function pay(bill: Bill, at: number): Promise<void> {
  const outcome = await spine.run({
    channel: 'icbc',
    operation: 'payment.pay',
    key: { bankDate, serial: `${at}`.padStart(12, '0') },
    input: { customerNo: bill.customerNo, amountFen: bill.totalPayableFen, outlet },
    origin: 'partner',
    expiresAt: patient(),
  })
  assert.equal(outcome.is, 'done')
}
