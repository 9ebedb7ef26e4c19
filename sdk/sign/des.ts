// Two-key triple DES (EDE2, ECB), as the banks use it to deliver work keys under a master key, and
// single DES, which OpenSSL 3 keeps only as triple DES with one key three times over.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export const desBlockBytes = 8
export const doubleKeyBytes = 16
const checkValueBytes = 4
/** Lowest bit of every key byte: parity, which DES never looks at. */
const withoutParity = 0xfe

/** Encrypts whole blocks under a 16-byte key. */
export function encrypt3Des(key: Uint8Array, clear: Uint8Array): Buffer {
  const cipher = createCipheriv('des-ede', key, null).setAutoPadding(false)
  return Buffer.concat([cipher.update(clear), cipher.final()])
}

/** Decrypts whole blocks under a 16-byte key. */
export function decrypt3Des(key: Uint8Array, encrypted: Uint8Array): Buffer {
  const decipher = createDecipheriv('des-ede', key, null).setAutoPadding(false)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

/**
 * KCV: the first 4 bytes of the encryption of 8 zero bytes. Shows a key's identity, not the key.
 */
export const checkValue = (key: Uint8Array): Buffer =>
  encrypt3Des(key, Buffer.alloc(desBlockBytes)).subarray(0, checkValueBytes)

/** Whether a key is 16 bytes and not single DES in disguise: its halves differ beyond parity. */
export function isDoubleKey(key: Uint8Array): boolean {
  if (key.length !== doubleKeyBytes) return false
  for (let i = 0; i < desBlockBytes; i++) {
    if ((key[i]! ^ key[i + desBlockBytes]!) & withoutParity) return true
  }
  return false
}

/** A fresh work key. */
export function drawKey(): Buffer {
  for (;;) {
    const key = randomBytes(doubleKeyBytes)
    if (isDoubleKey(key)) return key
  }
}

/** A work key as it travels in a sign-on answer. */
export const wrapKey = (master: Uint8Array, key: Uint8Array) => ({
  encrypted: encrypt3Des(master, key),
  checkValue: checkValue(key),
})
