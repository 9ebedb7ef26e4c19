// Dice that fall the same way each time: what a demo customer looks like depends on its number
// alone, so a seed can be resumed, repeated and described in a document.

export interface Dice {
  /** 0 … sides − 1. */
  roll(sides: number): number
  /** True in `share` of 1,000 cases. */
  happens(share: number): boolean
  pick<T>(items: readonly T[]): T
}

/** Mulberry32: 32 bits of state are plenty for looks; nothing here is a secret. */
export function diceOf(number: number): Dice {
  let state = (Math.imul(number, 0x9e3779b1) ^ 0x5bd1e995) >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const roll = (sides: number) => Math.floor(next() * sides)
  return {
    roll,
    happens: (share) => roll(1_000) < share,
    pick: (items) => items[roll(items.length)]!,
  }
}
