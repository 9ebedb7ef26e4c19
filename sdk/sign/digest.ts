// Digests that partners put beside their files. MD5 only finds damage, it proves nothing.
import { createHash } from 'node:crypto'

export type DigestAlgorithm = 'md5' | 'sm3'

/** Lower-case hex. */
export const digestHex = (algorithm: DigestAlgorithm, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')
