// Bills to be paid in a bench, asked of the product itself, and the pump that keeps so many under
// way.
import { type Bill, fen, type Outcome } from '@reli/sdk'
import { type Db, query } from '../core/db/db.ts'
import { wholeCompanies } from '../core/db/scope.ts'
import { createSpine } from '../core/hub/run.ts'

export const companyId = 'c1'
export const outlet = '0200000101'
/** Nobody gives up in a bench: what is slow shall be seen as slow. */
export const patient = () => performance.now() + 60_000
const singleLimitFen = fen(5_000_000)
const askedAtOnce = 256

const customerNos = query<[limit: number], { customerNo: string }>(
  'bench_customers',
  `
  select customer_no from reli.customers
   where not (bank_blocked or collection_locked or inspection_locked
          or in_approval or must_visit_hall)
   order by customer_no limit $1`,
)

/** Bills of so many customers, whatever they owe; today's accounting date is opened for it. */
export async function billsToPay(db: Db, count: number): Promise<Bill[]> {
  const log = { error: () => {} }
  const { run } = createSpine({ db, companyId, log })
  const bankDate = today()
  const call = { channel: 'icbc', origin: 'partner' } as const
  await run({ ...call, operation: 'link.sign_on', input: { bankDate }, expiresAt: patient() })
  const asked = await db.read(wholeCompanies(companyId), (tx) =>
    // Some are of organisations that owe more than a bank may take at once: they pay at the hall.
    tx.many(customerNos, [Math.ceil(count * 1.05)]),
  )
  const bills: Bill[] = []
  await pump(asked, askedAtOnce, async ({ customerNo }) => {
    const input = { customerNo, bankDate, outlet }
    const outcome = await run({ ...call, operation: 'bill.query', input, expiresAt: patient() })
    if (outcome.is !== 'done') return
    const { value } = outcome as Extract<Outcome<Bill>, { is: 'done' }>
    if (value.totalPayableFen <= singleLimitFen) bills.push(value)
  })
  if (bills.length < count) throw new Error(`only ${bills.length} of ${count} bills`)
  return bills.slice(0, count)
}

export const today = (): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date())

/** Keeps `inFlight` items under way until all are done. */
export async function pump<T>(
  items: readonly T[],
  inFlight: number,
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
