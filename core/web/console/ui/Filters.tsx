// The filter bar of a list. Filters live in the address, so a list can be sent to a colleague and
// the browser's back button works; Enter searches.
import { Button, Input, Select } from 'antd'
import { type FormEvent, type ReactNode, useEffect, useId, useState } from 'react'
import { useSearchParams } from 'react-router'
import type { Term } from './terms.ts'

export interface Field {
  name: string
  label: string
  width: number
  /** Absent: free text. */
  kind?: 'date' | { value: string; label: string }[]
}

export const choicesOf = (terms: Record<string, Term>) =>
  Object.entries(terms).map(([value, { glyph, word }]) => ({ value, label: `${glyph} ${word}` }))

/** The filters now in force, as the address says. */
export function useFilter<T>(names: readonly string[]): T {
  const [params] = useSearchParams()
  const given = names.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : []))
  return Object.fromEntries(given) as T
}

export function Filters({ fields, aside }: { fields: Field[]; aside?: ReactNode }) {
  const [params, setParams] = useSearchParams()
  const [draft, setDraft] = useState<Record<string, string>>({})
  useEffect(() => setDraft(Object.fromEntries(params)), [params])

  const search = (next: Record<string, string>) => {
    const given = Object.entries(next).map(([name, value]) => [name, value.trim()] as const)
    setParams(Object.fromEntries(given.filter(([, value]) => value !== '')))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    search(draft)
  }
  return (
    <search>
      <form className="filters" onSubmit={submit}>
        {fields.map((field) => (
          <FilterInput
            key={field.name}
            field={field}
            value={draft[field.name] ?? ''}
            onChange={(value) => setDraft({ ...draft, [field.name]: value })}
            onChoose={(value) => search({ ...draft, [field.name]: value })}
          />
        ))}
        <Button type="primary" htmlType="submit">
          查询
        </Button>
        <Button onClick={() => search({})}>重置</Button>
        {aside}
      </form>
    </search>
  )
}

interface InputProps {
  field: Field
  value: string
  onChange(value: string): void
  onChoose(value: string): void
}

function FilterInput({ field: { label, width, kind }, value, onChange, onChoose }: InputProps) {
  const id = useId()
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      {Array.isArray(kind) ? (
        <Select
          id={id}
          style={{ width }}
          value={value}
          onChange={onChoose}
          options={[{ value: '', label: '全部' }, ...kind]}
        />
      ) : (
        <Input
          id={id}
          style={{ width }}
          type={kind ?? 'text'}
          value={value}
          maxLength={64}
          allowClear={kind !== 'date'}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </div>
  )
}
