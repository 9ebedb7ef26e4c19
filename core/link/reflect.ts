// The three functions of the Reflect metadata proposal that @peculiar/x509 needs (through tsyringe,
// its container) and that a host has to bring. Import this file before it.
const known = new WeakMap<object, Map<unknown, unknown>>()

const ownMetadata = (key: unknown, target: object): unknown => known.get(target)?.get(key)

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const entries = known.get(target) ?? new Map<unknown, unknown>()
  known.set(target, entries.set(key, value))
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at; at = Object.getPrototypeOf(at)) {
    if (known.get(at)?.has(key)) return ownMetadata(key, at)
  }
  return undefined
}

Object.assign(Reflect, { defineMetadata, getMetadata, getOwnMetadata: ownMetadata })
