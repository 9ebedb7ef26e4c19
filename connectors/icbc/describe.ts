// How a frame of this bank is shown to people and what of it must never reach a log: the keys that
// a sign-on answer delivers, and MACs.
import { type DescribedField, Malformed } from '@reli/sdk'
import { decodeGbk, tagName, type Walked, walkTags } from '@reli/sdk/codec'
import { iso, mtiAt, mtiOf, tags } from './codec.ts'

const masked = '********'
const keyDelivery = '0810'
/** MTI and bitmap: what stands behind them in a frame that cannot be walked may be anything. */
const fieldsAt = mtiAt + 2 + 8

/** Overwrites keys and MAC with zeros, in place. */
export function mask(frame: Uint8Array): Uint8Array {
  const walked = tryWalk(frame)
  if (walked instanceof Malformed) {
    if (mtiOf(frame) === keyDelivery) frame.fill(0, fieldsAt)
    return frame
  }
  iso.content(walked, 64)?.fill(0)
  if (walked.mti === keyDelivery) iso.content(walked, 62)?.fill(0)
  return frame
}

/** Every field with its label; a value that cannot be read is shown in hex. */
export function describe(frame: Uint8Array): DescribedField[] {
  const walked = tryWalk(frame)
  const mti = { path: 'mti', label: '消息类型', value: mtiOf(frame) }
  if (walked instanceof Malformed) {
    return [mti, { path: walked.path, label: '无法解析', value: walked.why }]
  }
  return [mti, ...walked.present.flatMap((field) => describeField(walked, field))]
}

function describeField(walked: Walked, field: number): DescribedField[] {
  const path = String(field)
  const label = iso.dialect.fields[field]!.label
  if (field === 64) return [{ path, label, value: masked }]
  const content = iso.content(walked, field)!
  if (field !== 62) {
    return [{ path, label, value: readable(() => iso.text(walked, field), content) }]
  }
  if (walked.mti === keyDelivery) return [{ path, label: '工作密钥', value: masked }]
  return describeTags(content) ?? [{ path, label, value: content.toString('hex') }]
}

function describeTags(content: Buffer): DescribedField[] | undefined {
  const found: DescribedField[] = []
  const labels: Record<string, { label: string }> = tags
  try {
    walkTags(content, (code, from, to) => {
      const tag = tagName(code)
      const bytes = content.subarray(from, to)
      const value = readable(() => decodeGbk(bytes), bytes)
      found.push({ path: `62.${tag}`, label: labels[tag]?.label ?? '未知标签', value })
    })
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
  return found
}

function readable(read: () => string, bytes: Buffer): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) return bytes.toString('hex')
    throw error
  }
}

function tryWalk(frame: Uint8Array): Walked | Malformed {
  try {
    return iso.walk(frame)
  } catch (error) {
    if (error instanceof Malformed) return error
    throw error
  }
}
