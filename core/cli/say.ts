// The only place that prints for people. Logs go elsewhere, as lines of JSON.
export const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

export const complain = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const isColoured = (): boolean => process.stdout.isTTY === true && !process.env.NO_COLOR

export const red = (text: string): string => (isColoured() ? `\u001b[1;31m${text}\u001b[0m` : text)
export const green = (text: string): string => (isColoured() ? `\u001b[32m${text}\u001b[0m` : text)

/** Columns of a terminal: a Chinese letter takes two. */
export const widthOf = (text: string): number =>
  [...text].reduce((width, letter) => width + (isWide(letter) ? 2 : 1), 0)

/** Hangul, kana, Chinese and full-width punctuation. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u

const isWide = (letter: string): boolean => wide.test(letter)

export const padTo = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))
