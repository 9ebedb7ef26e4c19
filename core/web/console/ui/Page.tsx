// A page: its title, what can be done on it, and either its content or one sentence about what went
// wrong and how to go on.
import { Button } from 'antd'
import { type ReactNode, useEffect } from 'react'

interface PageProps {
  title: string
  aside?: ReactNode
  children: ReactNode
}

export function Page({ title, aside, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Reli 热力`
  }, [title])
  return (
    <section className="page">
      <header className="page-head">
        <h1>{title}</h1>
        {aside}
      </header>
      {children}
    </section>
  )
}

interface LoadedProps<T> {
  query: { data: T | undefined; error: Error | null; refetch(): unknown }
  children(data: T): ReactNode
}

/** What a query brought, or that it is on its way, or why it did not come. */
export function Loaded<T>({ query: { data, error, refetch }, children }: LoadedProps<T>) {
  if (data !== undefined) return children(data)
  if (!error)
    return (
      <p className="hint" aria-busy="true">
        正在读取…
      </p>
    )
  return (
    <div className="trouble" role="alert">
      <p>{error.message}</p>
      <Button onClick={() => refetch()}>重试</Button>
    </div>
  )
}
