// A message as it crossed the wire: offset, hex, GBK text.
import { useMemo } from 'react'
import { CopyButton } from './CopyButton.tsx'
import { bytesOf, hexRows, textOf } from './hex.ts'

/** Sixteen is usual; eight lets three panes stand side by side on a 1366 screen. */
const perRow = 8

export function HexView({ hex, label }: { hex: string; label: string }) {
  const bytes = useMemo(() => bytesOf(hex), [hex])
  const rows = useMemo(() => hexRows(bytes, perRow), [bytes])
  return (
    <figure className="hex-view" aria-label={label}>
      <figcaption>
        <span>{bytes.length} 字节</span>
        <CopyButton text={hex} what="十六进制" />
        <CopyButton text={textOf(bytes)} what="文本" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach what scrolls. */}
      <pre tabIndex={0}>
        {rows.map(({ offset, hex: pairs, text }) => (
          <div key={offset}>
            <i>{offset}</i>
            <b>{pairs.join(' ').padEnd(perRow * 3 - 1)}</b>
            <span>{text}</span>
          </div>
        ))}
      </pre>
    </figure>
  )
}
