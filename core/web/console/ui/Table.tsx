// Dense rows that a keyboard can walk: ↑ ↓ Home End move, Enter opens. One row at a time is in the
// tab order, so Tab leaves the table with one key. Plain table markup: screen readers know it.
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react'

export interface Column<Row> {
  title: string
  align?: 'right' | 'wraps'
  /** A fixed width in pixels; columns without one share the rest. */
  width?: number
  cell(row: Row): ReactNode
}

interface TableProps<Row> {
  label: string
  columns: Column<Row>[]
  rows: readonly Row[]
  keyOf(row: Row): string
  empty: string
  onOpen?(row: Row): void
  footer?: ReactNode
}

export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
  empty,
  onOpen,
  footer,
}: TableProps<Row>) {
  const [current, setCurrent] = useState(0)
  const body = useRef<HTMLTableSectionElement>(null)
  const goTo = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index))
    setCurrent(next)
    body.current?.rows[next]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    if (event.target !== event.currentTarget) return
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: index + 15,
      PageUp: index - 15,
    }
    const to = moves[event.key]
    if (to !== undefined) goTo(to)
    else if (event.key === 'Enter' && onOpen) onOpen(rows[index]!)
    else return
    event.preventDefault()
  }
  return (
    <div className="table-frame">
      <table className={onOpen ? 'table opens' : 'table'} aria-label={label}>
        <Head columns={columns} />
        <tbody ref={body}>
          {rows.map((row, index) => (
            <tr
              key={keyOf(row)}
              tabIndex={
                onOpen ? (index === Math.min(current, rows.length - 1) ? 0 : -1) : undefined
              }
              onFocus={() => setCurrent(index)}
              onKeyDown={(event) => onKeyDown(event, index)}
              onClick={() => onOpen?.(row)}
            >
              {columns.map(({ title, align, cell }) => (
                <td key={title} className={align}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className="empty">{empty}</p>}
      {footer}
    </div>
  )
}

function Head<Row>({ columns }: { columns: Column<Row>[] }) {
  return (
    <>
      <colgroup>
        {columns.map(({ title, width }) => (
          <col key={title} {...(width && { width })} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map(({ title, align }) => (
            <th key={title} scope="col" className={align}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
    </>
  )
}
