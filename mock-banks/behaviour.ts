// What a bank does about one payment, R8 of the papers: pay, wait, ask the result up to three
// times, reverse up to five times, leave the rest to the statement file. `decide` is the rule, a
// pure function of what was tried and what was heard; `settle` carries it out and keeps the books.
//
// The bank believes an accepted answer and a refusal that is proven; an answer without proof
// decides nothing, so the payment is repeated under its key or the ladder is climbed.
import type { Fen } from '@reli/sdk'
import type { About, Books, Fate, Kept, Told } from './books.ts'
import type { Fault } from './faults.ts'
import type { Found, Heard, Line, Paid, TakenBack } from './line.ts'
import { nothing } from './line.ts'

/** The paper's figures. Tests use milliseconds. */
export interface Rules {
  askEveryMs: number
  asks: number
  reverseEveryMs: number
  reversals: number
  /** How often a payment that met no keys, or a wrong proof, is sent again. */
  repeats: number
  /** `rcu`: a reversal is done in the bank's books whatever is answered. */
  reversalAlwaysCounts: boolean
}

/** R8, both papers; §6 of rcu for its reversals. */
export const rulesOf = {
  icbc: {
    ...{ askEveryMs: 10_000, asks: 3, reverseEveryMs: 30_000, reversals: 5, repeats: 2 },
    reversalAlwaysCounts: false,
  },
  rcu: {
    ...{ askEveryMs: 10_000, asks: 3, reverseEveryMs: 30_000, reversals: 5, repeats: 2 },
    reversalAlwaysCounts: true,
  },
} satisfies Record<string, Rules>

export interface Tried {
  /** Something of the payment left the bank. */
  sent: boolean
  pays: number
  asks: number
  reversals: number
}

export type Step =
  | { do: 'pay' }
  | { do: 'ask'; afterMs: number }
  | { do: 'reverse'; afterMs: number }
  | { do: 'close'; debit: Kept['debit']; fate: Fate; why: string }

type Said =
  | { about: 'pay'; heard: Heard<Paid> }
  | { about: 'result'; heard: Heard<Found> }
  | { about: 'reversal'; heard: Heard<TakenBack> }

/** Refusals that say «not now»: the paper wants the bank to ask or send again. */
const passing = new Set(['system_busy', 'system_error', 'maintenance'])

export function decide(rules: Rules, tried: Tried, said: Said): Step {
  switch (said.about) {
    case 'pay':
      return afterPay(rules, tried, said.heard)
    case 'result':
      return afterResult(rules, tried, said.heard)
    case 'reversal':
      return afterReversal(rules, tried, said.heard)
  }
}

function afterPay(rules: Rules, tried: Tried, heard: Heard<Paid>): Step {
  if (heard.is === 'accepted') return close('stands', 'known', 'accepted')
  if (heard.is === 'refused' && heard.reason !== 'system_busy') {
    return close('returned', 'known', `refused: ${heard.reason}`)
  }
  if (heard.is === 'unproven' && tried.pays <= rules.repeats) return { do: 'pay' }
  if (!tried.sent) return close('returned', 'known', 'never left the bank')
  return { do: 'ask', afterMs: heard.is === 'refused' ? 0 : rules.askEveryMs }
}

function afterResult(rules: Rules, tried: Tried, heard: Heard<Found>): Step {
  if (heard.is === 'accepted') {
    const { state } = heard.value
    if (state === 'paid') return close('stands', 'known', 'the result says paid')
    if (state === 'reversed' || state === 'refused') {
      return close('returned', 'known', `the result says ${state}`)
    }
  }
  if (tried.asks < rules.asks) return { do: 'ask', afterMs: rules.askEveryMs }
  return { do: 'reverse', afterMs: 0 }
}

function afterReversal(rules: Rules, tried: Tried, heard: Heard<TakenBack>): Step {
  if (heard.is === 'accepted') return close('returned', 'known', 'the reversal was accepted')
  const debit = rules.reversalAlwaysCounts ? 'returned' : 'stands'
  if (heard.is === 'refused' && !passing.has(heard.reason)) {
    return close(debit, 'left_to_file', `the reversal was refused: ${heard.reason}`)
  }
  if (tried.reversals < rules.reversals) return { do: 'reverse', afterMs: rules.reverseEveryMs }
  return close(debit, 'left_to_file', 'no answer to the reversals')
}

const close = (debit: Kept['debit'], fate: Fate, why: string): Step => ({
  ...{ do: 'close', debit, fate, why },
})

/** What `settle` needs around it. `wait` gives false when the bank is told to stop. */
export interface Office {
  line: Line
  books: Books
  rules: Rules
  clock(): string
  wait(ms: number): Promise<boolean>
}

/** Plays one payment from its debit to its end in the books. */
export async function settle(office: Office, kept: Kept, fault?: Fault): Promise<void> {
  const tried: Tried = { sent: false, pays: 0, asks: 0, reversals: 0 }
  if (fault?.before === 'reversal') {
    await climb(office, kept, tried, { do: 'reverse', afterMs: 0 }, fault)
    if (wasReversed(kept)) await sayPay(office, kept, 'late_pay')
    return
  }
  await climb(office, kept, tried, { do: 'pay' }, fault)
}

/** Takes up a payment that a stopped bank left open: what was sent is unknown, so it asks first. */
export async function resume(office: Office, kept: Kept): Promise<void> {
  const tried: Tried = { sent: true, pays: 1, asks: 0, reversals: 0 }
  await climb(office, kept, tried, { do: 'ask', afterMs: 0 })
}

async function climb(
  office: Office,
  kept: Kept,
  tried: Tried,
  first: Step,
  fault?: Fault,
): Promise<void> {
  let step = first
  while (step.do !== 'close') {
    const goesOn = step.do === 'pay' || (await office.wait(step.afterMs))
    if (!goesOn) {
      step = close(kept.debit, 'left_to_file', 'the bank was stopped')
      break
    }
    step = decide(office.rules, tried, await act(office, kept, tried, step, fault))
    if (step.do === 'close' && step.fate === 'known' && step.debit === 'stands' && fault?.after) {
      step = await afterwards(office, kept, tried, step, fault)
    }
  }
  await end(office, kept, step)
  if (fault?.after?.includes('late_pay') && wasReversed(kept)) {
    await sayPay(office, kept, 'late_pay')
  }
}

/** A late payment proves something only after a reversal that is known to be accepted. */
const wasReversed = (kept: Kept): boolean =>
  kept.told.some(({ about, answer }) => about === 'reversal' && answer === 'accepted')

/** What the bank does to a payment that stands: says it again, wrongly, or takes it back. */
async function afterwards(
  office: Office,
  kept: Kept,
  tried: Tried,
  accepted: Step,
  fault: Fault,
): Promise<Step> {
  if (fault.after?.includes('repeat')) await sayPay(office, kept, 'repeat')
  if (fault.after?.includes('conflict')) await sayPay(office, kept, 'conflict')
  if (!fault.after?.includes('reversal') || tried.reversals > 0) return accepted
  return { do: 'reverse', afterMs: 0 }
}

async function act(
  office: Office,
  kept: Kept,
  tried: Tried,
  step: Step,
  fault?: Fault,
): Promise<Said> {
  if (step.do === 'pay') {
    const first = tried.pays++ === 0 ? fault : undefined
    const beside = first?.beside && sayPay(office, kept, 'repeat')
    let heard = deaf(fault, 'pay', await office.line.pay(kept, first?.delivery))
    await write(office, kept, 'pay', heard)
    if (beside) heard = strongest(heard, await beside)
    tried.sent ||= heard.is !== 'nothing' || heard.sent
    return { about: 'pay', heard }
  }
  if (step.do === 'ask') {
    tried.asks++
    const heard = deaf(fault, 'result', await office.line.result(kept))
    await write(office, kept, 'result', heard)
    return { about: 'result', heard }
  }
  tried.reversals++
  const why = tried.asks > 0 || fault?.before ? 'no_answer' : 'cancelled'
  if (office.rules.reversalAlwaysCounts) await giveBack(office, kept, 'the bank reverses')
  const heard = deaf(fault, 'reversal', await office.line.reverse(kept, why))
  await write(office, kept, 'reversal', heard)
  return { about: 'reversal', heard }
}

function deaf<T>(
  fault: Fault | undefined,
  about: 'pay' | 'result' | 'reversal',
  heard: Heard<T>,
): Heard<T> {
  if (!fault?.deaf?.includes(about) || heard.is === 'nothing') return heard
  return nothing('the answer was ignored', true)
}

/**
 * What two messages of one payment say together: it is booked when either was accepted, and given
 * up only when both were refused.
 */
function strongest(a: Heard<Paid>, b: Heard<Paid>): Heard<Paid> {
  return weightOf(b) > weightOf(a) ? b : a
}

const weights = { accepted: 3, unproven: 2, refused: 1 }
const weightOf = (heard: Heard<Paid>): number => {
  if (heard.is === 'nothing') return heard.sent ? weights.unproven : 0
  // «Busy» is no refusal: it wants the bank to ask.
  const isBusy = heard.is === 'refused' && heard.reason === 'system_busy'
  return isBusy ? weights.unproven : weights[heard.is]
}

/** A payment message beside the ladder. Its answer is kept as evidence. */
async function sayPay(office: Office, kept: Kept, about: About): Promise<Heard<Paid>> {
  const amountFen = about === 'conflict' ? ((kept.amountFen + 100n) as Fen) : kept.amountFen
  const heard = await office.line.pay({ ...kept, amountFen })
  await write(office, kept, about, heard)
  return heard
}

/** Writes down what was heard: words of an answer, or that there was none. */
async function write(
  office: Office,
  kept: Kept,
  about: About,
  heard: Heard<Paid | Found | TakenBack>,
): Promise<void> {
  const { serial } = kept
  const at = office.clock()
  if (heard.is === 'nothing') {
    const { why } = heard
    await office.books.note(kept.bankDate, { is: 'unanswered', serial, about, why, at })
    return
  }
  const answer = heard.is === 'accepted' ? 'accepted' : heard.reason
  const words: Partial<Told> = heard.is === 'accepted' ? heard.value : {}
  await office.books.note(kept.bankDate, { is: 'told', serial, about, answer, at, ...words })
}

async function giveBack(office: Office, kept: Kept, why: string): Promise<void> {
  if (kept.debit === 'returned') return
  const { serial, bankDate } = kept
  await office.books.note(bankDate, { is: 'returned', serial, why, at: office.clock() })
}

async function end(office: Office, kept: Kept, step: Step): Promise<void> {
  if (step.do !== 'close') return
  if (step.debit === 'returned') await giveBack(office, kept, step.why)
  const { fate, why } = step
  const { serial, bankDate } = kept
  await office.books.note(bankDate, { is: 'closed', serial, fate, why, at: office.clock() })
}
