// A state as a small tag: glyph, word and colour together.
import type { Term } from './terms.ts'

export function StatusTag({ of: { glyph, word, tone } }: { of: Term }) {
  return (
    <span className={`tag ${tone}`}>
      <b aria-hidden="true">{glyph}</b>
      {word}
    </span>
  )
}
