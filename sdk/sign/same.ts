// Comparisons whose time says nothing about where the difference is.
import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two byte strings are equal; only a difference of length shows in the time. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b)

/** Whether two secrets are equal; digests hide their lengths as well. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b))

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
