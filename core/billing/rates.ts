// Rates, ratios and shares are integers of 10⁻⁶ (domain.md §4.0).
import { divideHalfUp, type Fen, fen } from '@reli/sdk'

/** 100 %. */
export const one = 1_000_000n

/** `rate` of an amount, rounded. */
export const shareOf = (amount: bigint, rate: bigint): Fen => fen(divideHalfUp(amount * rate, one))
