// What a bank and the heating company agreed on: parties, keys, outlets, codes. Read from a file in
// the shape of `connectors/<bank>/vectors/<bank>.json`, never from source code.
import { readFileSync } from 'node:fs'

interface Agreed {
  outlets: string[]
}

export interface IcbcAgreed extends Agreed {
  tpdu_request: string
  tpdu_reply: string
  header: string
  institution: string
  terminal: string
  merchant: string
  /** Sixteen bytes in hex. */
  tmk: string
  teller: string
}

export interface RcuAgreed extends Agreed {
  password: string
  org_id: string
}

export interface Parameters<A = IcbcAgreed | RcuAgreed> {
  agreed: A
  /** §5: code → the paper's name of the reason. */
  reasonOf: Readonly<Record<string, string>>
}

export function readParameters<A>(path: string): Parameters<A> {
  const file = JSON.parse(readFileSync(path, 'utf8')) as {
    test_parameters: A
    reason_of_code: Record<string, string>
  }
  return { agreed: file.test_parameters, reasonOf: file.reason_of_code }
}
