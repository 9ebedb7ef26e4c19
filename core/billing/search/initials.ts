// What may be typed for a Chinese name on a Latin keyboard. Surnames have readings of their own
// (单 Shàn, 曾 Zēng, 仇 Qiú, 解 Xiè), and who types may not know them: every likely reading finds.
import { pinyin } from 'pinyin-pro'

/** A name of many readings is found by the likeliest ones. */
const mostReadings = 4
/** Nobody types more of a name than this; an organisation's may be longer. */
const longest = 40

const options = { toneType: 'none', type: 'array', v: true } as const

/**
 * Initials and the spelled-out name, `wjg wangjianguo`, of the right reading first, then initials
 * of the others: `sxx shanxiongxin dxx cxx`. `-` for a name without a letter, never empty.
 */
export function lettersOf(name: string): string {
  const clean = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  if (clean === '') return '-'
  const syllables = syllablesOf(clean)
  const initials = syllables.map(initialOf)
  const others = otherFirstReadings(clean, initials[0] ?? '')
  const texts = [
    initials.join(''),
    syllables.join(''),
    ...others.map((first) => first + initials.slice(1).join('')),
  ]
  return [...new Set(texts.map((text) => text.slice(0, longest)))].join(' ') || '-'
}

/** The initials alone, as a list shows them: `sxx`. */
export const initialsOf = (name: string): string => lettersOf(name).split(' ')[0]!

const syllablesOf = (name: string): string[] =>
  pinyin(name, { ...options, surname: 'head', nonZh: 'spaced' }).flatMap((part) =>
    [...part.matchAll(/[a-z0-9]+/g)].map(([text]) => text),
  )

const initialOf = (syllable: string): string => (/^\d/.test(syllable) ? syllable : syllable[0]!)

function otherFirstReadings(name: string, known: string): string[] {
  const [first] = [...name]
  const readings = pinyin(first!, { ...options, multiple: true })
    .map((reading) => reading[0] ?? '')
    .filter((letter) => /[a-z]/.test(letter) && letter !== known)
  return [...new Set(readings)].slice(0, mostReadings - 1)
}
