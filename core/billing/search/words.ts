// Reads what somebody typed into the one search box and says it in grams (migration 0010): «王建国»,
// «wjg», «8217», «塔苑 3-2-501», «翡翠城12号楼2单元1801», «fcc 12-2-1801», a number of any kind. Pure.
import type { CommunityWord } from './search.sql.ts'

export interface Word {
  kind: 'name' | 'letters' | 'number' | 'door'
  text: string
  /** A query over grams for this word alone, communities aside. */
  grams: string
  /** What grams only suggest stands in the row's own text. */
  contained?: string
}

/** Longer questions are cut: nobody types them, and each word costs. */
export const mostWords = 8

interface Reader {
  pattern: RegExp
  read(match: string[]): Word
}

const noNumberBefore = '(?<![a-z0-9-])'
const noNumberAfter = '(?![a-z0-9-])'

/** The first that matches at a place takes it. */
const readers: Reader[] = [
  {
    pattern: new RegExp(
      `${noNumberBefore}(\\d{1,3})\\s*-\\s*(\\d{1,2})\\s*-\\s*(\\d{1,5})${noNumberAfter}`,
      'y',
    ),
    read: ([text, ...parts]) => door(text!, gram('d', parts.map(plain).join('-'))),
  },
  {
    // «3-2» is building and unit, «3-501» building and room.
    pattern: new RegExp(`${noNumberBefore}(\\d{1,3})\\s*-\\s*(\\d{1,5})${noNumberAfter}`, 'y'),
    read: ([text, building, rest]) =>
      door(text!, all([building_(building!), any([gram('u', plain(rest!)), gram('r', rest!)])])),
  },
  {
    pattern: /(\d{1,3})\s*(?:号楼|栋|幢|座|#楼?|号|楼)/y,
    read: ([text, building]) => door(text!, building_(building!)),
  },
  {
    pattern: /(\d{1,2})\s*单元\s*(?:(\d{1,5})(?:室|户|房)?)?/y,
    read: ([text, unit, room]) =>
      door(text!, all([gram('u', plain(unit!)), ...(room ? [gram('r', room)] : [])])),
  },
  {
    pattern: /(\d{1,5})\s*(?:室|户|房)/y,
    read: ([text, room]) => door(text!, gram('r', room!)),
  },
  // Behind «3号楼»: its room.
  {
    pattern: /(?<=号楼|栋|幢|座|#)\s*(\d{1,5})/y,
    read: ([text, room]) => door(text!, gram('r', room!)),
  },
  { pattern: /[a-z0-9][a-z0-9_./-]*/y, read: ([text]) => typedInLatin(text!) },
  { pattern: /[\p{L}\p{M}]+?(?=[a-z0-9]|[^\p{L}\p{M}]|$)/uy, read: ([text]) => name(text!) },
]

export function wordsOf(typed: string): Word[] {
  const text = narrow(typed).toLowerCase()
  const words: Word[] = []
  for (let at = 0; at < text.length && words.length < mostWords; ) {
    const found = readAt(text, at)
    if (found) words.push(found.word)
    at = found?.end ?? at + 1
  }
  return words
}

function readAt(text: string, at: number): { word: Word; end: number } | undefined {
  for (const { pattern, read } of readers) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) return { word: read([...match]), end: pattern.lastIndex }
  }
  return undefined
}

/** Full-width digits, letters and blanks of a Chinese keyboard. */
const narrow = (text: string): string =>
  text
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[—–－]/g, '-')

function typedInLatin(text: string): Word {
  if (/^\d+$/.test(text)) return number(text)
  if (/^[a-z]+$/.test(text)) {
    return { kind: 'letters', text, grams: any([gram('i', text, true), pairs('n', text)]) }
  }
  return { kind: 'number', text, grams: any([ofNumber(text), pairs('n', text)]) }
}

/** From here on a number is looked for by its end too, and from its beginning. */
const tailDigits = 4
const beginningDigits = 6
/** Identity numbers are found whole, never by a part that one might guess. */
const identityDigits = 15

const ofNumber = (text: string): string => {
  const number = gram('k', text, text.length >= beginningDigits)
  return text.length < identityDigits ? number : any([number, gram('x', text)])
}

function number(text: string): Word {
  const word = { kind: 'number', text } as const
  const room = gram('r', text)
  if (text.length < 3)
    return { ...word, grams: any([building_(text), gram('u', text), room, ofNumber(text)]) }
  if (text.length === 3) return { ...word, grams: any([building_(text), room, ofNumber(text)]) }
  if (text.length >= identityDigits) return { ...word, grams: ofNumber(text) }
  const tail = gram('t', text.slice(-tailDigits))
  const grams = any([tail, room, ofNumber(text)])
  return text.length === tailDigits ? { ...word, grams } : { ...word, grams, contained: text }
}

const name = (text: string): Word => ({
  kind: 'name',
  text,
  grams: [...text].length === 1 ? gram('n', text) : any([pairs('n', text), pairs('a', text)]),
  ...([...text].length > 2 && { contained: text }),
})

const door = (text: string, grams: string): Word => ({ kind: 'door', text, grams })
const building_ = (building: string): string => gram('b', plain(building))
/** «03» on a form is building 3. */
const plain = (digits: string): string => digits.replace(/^0+(?=\d)/, '')

function pairs(kind: string, text: string): string {
  const letters = [...text]
  if (letters.length === 1) return gram(kind, text)
  return all(letters.slice(1).map((letter, at) => gram(kind, letters[at]! + letter)))
}

const gram = (kind: string, text: string, isBeginning = false): string =>
  `'${(kind + text).replace(/['\\]/g, '$&$&')}'${isBeginning ? ':*' : ''}`
const any = (queries: string[]): string => `(${queries.join('|')})`
const all = (queries: string[]): string => `(${queries.join('&')})`

export interface Question {
  grams: string
  contained: string[]
}

/** All words together; a community's name or initials stand for all who live there. */
export function questionOf(
  words: readonly Word[],
  communities: readonly CommunityWord[],
): Question {
  const of = Map.groupBy(communities, ({ word }) => word)
  return {
    grams: all(
      words.map(({ text, grams }) =>
        any([grams, ...(of.get(text) ?? []).map(({ communityId }) => gram('m', communityId))]),
      ),
    ),
    contained: words.flatMap(({ text, contained }) =>
      contained === undefined || of.has(text) ? [] : [contained],
    ),
  }
}

/** Words that may name a community. */
export const placeWords = (words: readonly Word[]): string[] =>
  words
    .filter(({ kind, text }) => (kind === 'name' || kind === 'letters') && text.length > 1)
    .map(({ text }) => text)

export const exactly = (text: string): string => any([gram('k', text), gram('x', text)])

export interface Beginning {
  name: string | null
  letters: string | null
  no: string | null
}

/** A single word or number is looked for from its beginning first. */
export function beginningOf([word, ...others]: readonly Word[]): Beginning | undefined {
  if (!word || others.length > 0) return undefined
  const { kind, text } = word
  if (kind === 'name') return { name: text, letters: null, no: null }
  if (kind === 'letters') return { name: null, letters: text, no: null }
  // Shorter ones are rooms and buildings.
  if (kind === 'number' && text.length > tailDigits) return { name: null, letters: null, no: text }
  return undefined
}
