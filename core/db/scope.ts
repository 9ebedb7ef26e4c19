// The scope of a transaction: which companies and which organisation paths it may touch. It is
// sealed with a key that the database's owner keeps and the application's SQL cannot read, so a
// statement that was smuggled in cannot widen it (migration 0001).
import { createHmac } from 'node:crypto'

export interface Scope {
  companies: readonly string[]
  /** `like` patterns over `org_path`; `['%']` is everything within the companies. */
  paths: readonly string[]
}

export const wholeCompanies = (...companies: string[]): Scope => ({ companies, paths: ['%'] })

/** How long a sealed scope is good for: longer than any transaction, short for a thief. */
const goodForSeconds = 900
/**
 * A seal is used again until half its time is over, so that the payment path does not sign anew.
 */
const reuseForMs = (goodForSeconds * 1000) / 2

const plain = /^[A-Za-z0-9_.%-]+$/

export type ScopeSigner = (scope: Scope) => string

/** Signs scopes with the key of `reli.scope_keys`. */
export function scopeSigner(key: Uint8Array): ScopeSigner {
  const sealed = new WeakMap<Scope, { text: string; madeAt: number }>()
  return (scope) => {
    const known = sealed.get(scope)
    if (known && performance.now() - known.madeAt < reuseForMs) return known.text
    for (const part of [...scope.companies, ...scope.paths]) {
      if (!plain.test(part)) throw new TypeError(`not a scope: ${JSON.stringify(part)}`)
    }
    const ends = Math.floor(Date.now() / 1000) + goodForSeconds
    const payload = `v1|${scope.companies.join(',')}|${scope.paths.join(',')}|${ends}`
    const text = `${payload}|${createHmac('sha256', key).update(payload, 'utf8').digest('hex')}`
    sealed.set(scope, { text, madeAt: performance.now() })
    return text
  }
}
