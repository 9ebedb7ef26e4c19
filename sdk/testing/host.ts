// The part of a host that a connector's test needs: checks what a connector claims, decides in the
// host's order, and writes the MAC into an answer. Pure; secrets are handed in.
import type { Connector, Decoded, Encoded, Proof } from '../connector.ts'
import type { RefusalCode } from '../errors.ts'
import { isMacRight, macs, sameSecret, writeMac } from '../sign/index.ts'

/** Secrets by the name a connector gives them: text of a password, bytes of a key. */
export type Secrets = Readonly<Record<string, string | Uint8Array>>

/** What a frame comes to before the hub is asked. */
export type Verdict = 'close' | RefusalCode | (Decoded & { is: 'message' })['then']

/** `undefined`: the proof holds. */
export function checkProof(
  frame: Uint8Array,
  proof: Proof,
  secrets: Secrets,
): 'link.not_signed_on' | 'message.unauthentic' | undefined {
  const secret = secrets[proof.kind === 'mac' ? proof.key : proof.secret]
  if (secret === undefined) return 'link.not_signed_on'
  const holds =
    proof.kind === 'mac'
      ? isMacRight(frame, proof, macs[proof.algorithm](bytesOf(secret)))
      : sameSecret(textOf(secret), proof.value)
  return holds ? undefined : 'message.unauthentic'
}

/** The bytes as they leave: with their MAC, where the connector says there is one. */
export function sealWith({ bytes, seal }: Encoded, secrets: Secrets): Uint8Array {
  if (!seal) return bytes
  const secret = secrets[seal.key]
  if (secret === undefined) throw new Error(`no secret named ${seal.key}`)
  return writeMac(bytes, seal, macs[seal.algorithm](bytesOf(secret)))
}

/** Decodes a frame and checks it in the host's order: proof first, then what the connector says. */
export function judge<Config>(
  connector: Connector<Config>,
  frame: Uint8Array,
  config: Config,
  secrets: Secrets,
): Verdict {
  const decoded = connector.decode(frame, config)
  if (decoded.is === 'close') return 'close'
  const failed = decoded.proof && checkProof(frame, decoded.proof, secrets)
  if (failed) return failed
  return decoded.then.is === 'refuse' ? decoded.then.code : decoded.then
}

const bytesOf = (secret: string | Uint8Array) =>
  typeof secret === 'string' ? Buffer.from(secret, 'hex') : secret

const textOf = (secret: string | Uint8Array) =>
  typeof secret === 'string' ? secret : Buffer.from(secret).toString('latin1')
