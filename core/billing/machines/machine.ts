// A state machine as a table: which event leads from which state to which, and what must hold. The
// code refuses by it, the tests walk every pair of it, docs/state-machines.md is printed from it.
import { type BillingRefusalCode, NotAllowed } from '../refusals.ts'

export interface Transition<State extends string, Event extends string> {
  /** Null: it comes into being. */
  from: State | null
  event: Event
  to: State
  /** What refuses it, in this order; the sentence of the code says why. */
  guards?: readonly BillingRefusalCode[]
  /** What else happens, for the reader. */
  effect?: string
}

export interface Machine<State extends string = string, Event extends string = string> {
  /** The letter of domain.md §3.4, where it has one. */
  letter: string
  title: string
  /** What has this state, and where the code keeps it. */
  of: string
  states: Readonly<Record<State, string>>
  events: Readonly<Record<Event, string>>
  transitions: readonly Transition<State, Event>[]
}

export type StateOf<M> = M extends Machine<infer State, string> ? State : never
export type EventOf<M> = M extends Machine<string, infer Event> ? Event : never

/** Keeps the names of states and events for the compiler. */
export const machine = <State extends string, Event extends string>(
  table: Machine<State, Event>,
): Machine<State, Event> => table

const nothingBroken = () => false

/** The state after the event; `NotAllowed` with a sentence where the table has no such way. */
export function next<State extends string, Event extends string>(
  table: Machine<State, Event>,
  from: State | null,
  event: Event,
  isBroken: (guard: BillingRefusalCode) => boolean = nothingBroken,
): State {
  const transition = table.transitions.find((each) => each.from === from && each.event === event)
  if (!transition) {
    const { letter } = table
    const detail = { machine: letter, from: from ?? '', event }
    throw new NotAllowed('state.not_allowed', detail, refusalOf(table, from, event))
  }
  const guard = transition.guards?.find(isBroken)
  if (guard !== undefined) throw new NotAllowed(guard, { event })
  return transition.to
}

export const isAllowed = <State extends string, Event extends string>(
  table: Machine<State, Event>,
  from: State | null,
  event: Event,
): boolean => table.transitions.some((each) => each.from === from && each.event === event)

/** 「在网状态」为「已销户」，不能办理「入网」 */
export function refusalOf<State extends string, Event extends string>(
  { title, states, events, transitions }: Machine<State, Event>,
  from: State | null,
  event: Event,
): string {
  if (from === null) return `「${title}」尚未建立，不能办理「${events[event]}」`
  const isFinal = !transitions.some((each) => each.from === from)
  const why = isFinal ? '，且不再变更' : ''
  return `「${title}」为「${states[from]}」${why}，不能办理「${events[event]}」`
}

/** From any of these states. */
export const each = <State extends string, Event extends string>(
  froms: readonly State[],
  event: Event,
  to: State,
  more: Pick<Transition<State, Event>, 'guards' | 'effect'> = {},
): Transition<State, Event>[] => froms.map((from) => ({ from, event, to, ...more }))
