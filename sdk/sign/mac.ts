// Message authentication codes of the bank links. A MAC is computed over the very bytes that were
// received or will be sent, never over a re-serialised message, and compared in constant time.
//
// X9.19 (ISO 9797-1 algorithm 3) is a CBC-MAC with K_L whose last block is also decrypted with K_R
// and encrypted with K_L. E(K_L)·D(K_R)·E(K_L) is triple DES, so the last block is one EDE2 call.
//
// Making a cipher object costs more than the whole computation, and node cannot reset one. It need
// not: CBC adds the previous ciphertext block to the next block, and that block is known, so adding
// it once more beforehand cancels it and the chain starts from a zero IV again.
import { type Cipheriv, createCipheriv } from 'node:crypto'
import type { MacAlgorithm, Proof, Seal } from '../connector.ts'
import { desBlockBytes, doubleKeyBytes } from './des.ts'
import { sameBytes } from './same.ts'

/** Computes the MAC of some bytes under one key, prepared once. */
export type Mac = (data: Uint8Array) => Buffer

/** Longest message that the prepared buffer takes; longer ones get their own. */
const usualBytes = 4096
const zeroBlock = Buffer.alloc(desBlockBytes)

/** ANSI X9.19 with a 16-byte key; the data is zero-padded to whole blocks. 8 bytes. */
export function macX919(key: Uint8Array): Mac {
  if (key.length !== doubleKeyBytes) throw new RangeError('X9.19 wants a 16-byte key')
  const chain = cbcChain(key.subarray(0, desBlockBytes))
  const last = createCipheriv('des-ede', key, null).setAutoPadding(false)
  const block = Buffer.alloc(desBlockBytes)
  return (data) => {
    const size = paddedSize(data.length)
    const cut = size - desBlockBytes
    const before = cut > 0 ? chain(data.subarray(0, cut)) : zeroBlock
    for (let i = 0; i < desBlockBytes; i++) block[i] = before[i]! ^ (data[cut + i] ?? 0)
    return last.update(block)
  }
}

/** ANSI X9.9 (FIPS 113) with an 8-byte key; zero padding. 8 bytes. */
export function macX99(key: Uint8Array): Mac {
  if (key.length !== desBlockBytes) throw new RangeError('X9.9 wants an 8-byte key')
  return cbcChain(key)
}

/** How to prepare each algorithm a connector can name. */
export const macs: Record<MacAlgorithm, (key: Uint8Array) => Mac> = { 'x9.19': macX919 }

/**
 * Whether the MAC that a frame carries is right. Takes as long for an absent as for a wrong one.
 */
export function isMacRight(frame: Uint8Array, proof: Proof & { kind: 'mac' }, mac: Mac): boolean {
  const right = mac(frame.subarray(...proof.over))
  return sameBytes(right, proof.value ? frame.subarray(...proof.value) : zeroBlock) && !!proof.value
}

/** Writes the MAC of an answer into its place. */
export function writeMac(bytes: Uint8Array, seal: Seal, mac: Mac): Uint8Array {
  bytes.set(mac(bytes.subarray(...seal.over)), seal.at)
  return bytes
}

const paddedSize = (bytes: number): number =>
  Math.max(1, Math.ceil(bytes / desBlockBytes)) * desBlockBytes

/** Single-DES CBC from a zero IV, zero-padded; gives the last block. */
function cbcChain(key: Uint8Array): Mac {
  const cipher: Cipheriv = createCipheriv(
    'des-ede3-cbc',
    Buffer.concat([key, key, key]),
    zeroBlock,
  ).setAutoPadding(false)
  const usual = Buffer.alloc(usualBytes)
  const previous = Buffer.alloc(desBlockBytes)
  return (data) => {
    const size = paddedSize(data.length)
    const input = size <= usualBytes ? usual.subarray(0, size) : Buffer.alloc(size)
    input.set(data)
    input.fill(0, data.length)
    for (let i = 0; i < desBlockBytes; i++) input[i]! ^= previous[i]!
    const output = cipher.update(input)
    const tail = output.subarray(size - desBlockBytes)
    previous.set(tail)
    return tail
  }
}
