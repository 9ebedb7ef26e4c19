// The work keys of one link (the papers' §3 «Keys», «Key change»): drawn at sign-on, delivered
// under the master key, in force at once; the keys before them still pass for a while. They live in
// memory only: after a start or a sign-off there is none.
import { performance } from 'node:perf_hooks'
import type { KeyDelivery, WorkKeys } from '@reli/sdk'
import { drawKey, type Mac, macX919, wrapKey } from '@reli/sdk/sign'

type KeySet = Map<string, Mac>

export interface WorkKeyring {
  isSignedOn(): boolean
  /** Draws and installs new keys, and gives them as the sign-on answer carries them. */
  renew(): KeyDelivery[]
  drop(): void
  /** The keys under which a request may pass, newest first; none: not signed on. */
  macsFor(name: string): Mac[]
}

/** The master is asked for each time: an operator may replace it while the link stays up. */
export function newWorkKeyring(spec: WorkKeys, master: () => Buffer): WorkKeyring {
  let current: KeySet | null = null
  let previous: { keys: KeySet; until: number } | null = null

  return {
    isSignedOn: () => current !== null,
    renew: () => {
      const drawn = spec.names.map((name) => ({ name, key: drawKey() }))
      if (current) previous = { keys: current, until: performance.now() + spec.previousForMs }
      current = new Map(drawn.map(({ name, key }) => [name, macX919(key)]))
      return drawn.map(({ name, key }) => ({ name, ...wrapKey(master(), key) }))
    },
    drop: () => {
      current = null
      previous = null
    },
    macsFor: (name) => {
      if (previous && performance.now() > previous.until) previous = null
      return [current?.get(name), previous?.keys.get(name)].filter((mac) => mac !== undefined)
    },
  }
}
