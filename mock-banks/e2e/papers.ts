// The samples of the banks' papers, as `connectors/<bank>/vectors/<bank>.json` has them, made ready
// for a product that runs today: with today's accounting date, and the keys that it delivered.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FieldValue, writeLength } from '@reli/sdk/codec'
import { decrypt3Des, type Mac, macX919 } from '@reli/sdk/sign'
import * as icbc from '../../connectors/icbc/codec.ts'
import { beijingClock, beijingDate } from '../day.ts'
import type { IcbcAgreed, RcuAgreed } from '../parameters.ts'
import type { BankName } from '../statement.ts'
import type { RawLine } from './raw.ts'
import { repository } from './world.ts'

export interface Message {
  id: string
  direction: 'request' | 'reply'
  mti: string
  frame_hex: string
  fields: Record<string, string>
}

export interface Negative {
  id: string
  /** `fresh`: before the first sign-on. */
  state: 'ready' | 'fresh'
  frame_hex: string
  /** A response code, `close`, or `wait`: neither answered nor closed for the time being. */
  expect: string
  why: string
}

export interface Paper<Agreed> {
  test_parameters: Agreed
  messages: Message[]
  negative: Negative[]
}

const read = (bank: BankName) =>
  JSON.parse(readFileSync(join(repository, 'connectors', bank, 'vectors', `${bank}.json`), 'utf8'))

export const papers = {
  icbc: read('icbc') as Paper<IcbcAgreed>,
  rcu: read('rcu') as Paper<RcuAgreed>,
}

/** The accounting date of all samples, and the day before it. */
export const sampleDate = '2026-11-20'
const sampleYesterday = '2026-11-19'

export const today = (): string => beijingDate(new Date())
const yesterday = (): string => beijingDate(new Date(Date.now() - 24 * 60 * 60 * 1000))

export const hex = (text: string): Buffer => Buffer.from(text, 'hex')

/** `20261120` → today, `20261119` → yesterday. */
export const dateOfToday = (eightDigits: string): string =>
  eightDigits
    .replace(plain(sampleDate), plain(today()))
    .replace(plain(sampleYesterday), plain(yesterday()))
const plain = (date: string) => date.replaceAll('-', '')

// ── icbc ──

export type IcbcValues = Record<number, FieldValue>

/** The fields of a sample, with the dates of today; F62 and F48 as bytes. */
export function icbcValues({ fields }: Message): IcbcValues {
  const values: IcbcValues = { ...fields }
  const now = beijingClock(new Date())
  if (fields[12]) values[12] = now.slice(11).replaceAll(':', '')
  if (fields[13]) values[13] = now.slice(5, 10).replace('-', '')
  values[60] = f60OfToday(fields[60]!)
  if (fields[62]) values[62] = hex(fields[62])
  if (fields[48]) values[48] = hex(fields[48]).toString('latin1')
  return values
}

export const f60OfToday = (f60: string): string =>
  f60.slice(0, 2) + dateOfToday(`20${f60.slice(2, 8)}`).slice(2) + f60.slice(8)

/** A request with a right MAC, where it has one. */
export function icbcFrame(mti: string, values: IcbcValues, mac?: Mac): Buffer {
  const { tpdu_request, header } = papers.icbc.test_parameters
  const frame = icbc.iso.pack(mti, mac ? { ...values, 64: icbc.noMac } : without64(values))
  frame.write(tpdu_request + header, icbc.framing.length.bytes, 'hex')
  writeLength(icbc.framing, frame)
  return mac ? sealed(frame, mac) : frame
}

const without64 = ({ 64: _, ...values }: IcbcValues): IcbcValues => values

/** Writes the MAC over whatever the frame holds into its last eight bytes. */
export function sealed(frame: Buffer, mac: Mac): Buffer {
  mac(frame.subarray(icbc.mtiAt, -icbc.macBytes)).copy(frame, frame.length - icbc.macBytes)
  return frame
}

export const isSealed = (frame: Buffer, mac: Mac): boolean =>
  mac(frame.subarray(icbc.mtiAt, -icbc.macBytes)).equals(frame.subarray(-icbc.macBytes))

export const messageOf = (bank: BankName, id: string): Message => {
  const found = papers[bank].messages.find((message) => message.id === id)
  if (!found) throw new Error(`the paper of ${bank} has no sample ${id}`)
  return found
}

/** Opens today's date. The MAC under the key that came: `E(PIK) | KCV | E(MAK) | KCV` (§3). */
export async function signOn(line: RawLine): Promise<Mac> {
  const asked = messageOf('icbc', 'sign-on-req')
  const reply = icbc.iso.walk(await line.ask(icbcFrame(asked.mti, icbcValues(asked))))
  if (icbc.iso.text(reply, 39) !== '00') throw new Error('the sign-on was refused')
  const tmk = hex(papers.icbc.test_parameters.tmk)
  return macX919(decrypt3Des(tmk, icbc.iso.content(reply, 62)!.subarray(20, 36)))
}

// ── rcu ──

/** In the body, behind code and its four digits. */
const rcuDateAt = 8

/** A request of rcu with today's date; whoever damaged the date on purpose keeps it. */
export function rcuFrame(frameHex: string): Buffer {
  const frame = hex(frameHex)
  const text = frame.toString('latin1', rcuDateAt, rcuDateAt + 8)
  frame.write(dateOfToday(text), rcuDateAt, 'latin1')
  return frame
}
