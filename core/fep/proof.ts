// Checks what a frame claims about its origin, over the very bytes that were received, before
// anything in it is believed; and seals answers. Algorithm and key come from the connector's
// profile.
import type { Proof, Seal } from '@reli/sdk'
import { isMacRight, type Mac, sameSecret, writeMac } from '@reli/sdk/sign'
import type { Secrets } from './secrets.ts'
import type { WorkKeyring } from './work-keys.ts'

export interface Keys {
  secrets: Secrets
  /** Absent where the paper knows no sign-on. */
  work?: WorkKeyring
}

export type Verdict =
  /** `under`: the MAC key that a sealed answer must use; none when a password was checked. */
  | { is: 'passed'; under?: Mac }
  | { is: 'failed'; code: 'link.not_signed_on' | 'message.unauthentic' }

const unauthentic: Verdict = { is: 'failed', code: 'message.unauthentic' }

export function checkProof(proof: Proof, frame: Uint8Array, keys: Keys): Verdict {
  if (proof.kind === 'password') {
    const isRight = sameSecret(proof.value, keys.secrets.text(proof.secret))
    return isRight ? { is: 'passed' } : unauthentic
  }
  const macs = keys.work?.macsFor(proof.key) ?? []
  if (macs.length === 0) return { is: 'failed', code: 'link.not_signed_on' }
  // An absent MAC is computed like a wrong one: the time of the refusal tells nothing.
  const under = macs.find((mac) => isMacRight(frame, proof, mac))
  return under ? { is: 'passed', under } : unauthentic
}

/** Writes the seal into the answer, in place. Without a key under which the request passed, throws:
 *  whoever sends unauthenticated requests must not be given MACs. */
export function sealAnswer(bytes: Uint8Array, seal: Seal, under: Mac | undefined): void {
  if (!under) throw new Error('no key under which the request passed')
  const fits = seal.over[0] <= seal.over[1] && seal.over[1] <= seal.at && seal.at < bytes.length
  if (!fits) throw new Error('the seal does not lie behind what it covers')
  writeMac(bytes, seal, under)
}
