// The words of a command line.
import { parseArgs } from 'node:util'

const options = {
  config: { type: 'string' },
  households: { type: 'string' },
  customers: { type: 'string' },
  secrets: { type: 'string' },
  folder: { type: 'string' },
  port: { type: 'string' },
  file: { type: 'string' },
  history: { type: 'boolean' },
  check: { type: 'boolean' },
  name: { type: 'string' },
  scopes: { type: 'string' },
  paths: { type: 'string' },
  rate: { type: 'string' },
  ips: { type: 'string' },
  expires: { type: 'string' },
  grace: { type: 'string' },
  reason: { type: 'string' },
  channel: { type: 'string' },
  season: { type: 'string' },
  business: { type: 'string' },
  weekdays: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  'from-on': { type: 'string' },
  'to-on': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

export interface Words {
  positionals: string[]
  values: {
    [K in keyof typeof options]?: (typeof options)[K]['type'] extends 'boolean' ? boolean : string
  }
}

/** A command that was called wrongly. */
export class Misused extends Error {}

export function needed(value: string | undefined, name: string): string {
  if (value === undefined) throw new Misused(`缺少参数 ${name}`)
  return value
}

export function wordsOf(args: string[]): Words {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new Misused((error as Error).message)
  }
}
