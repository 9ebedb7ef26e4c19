// The evidence behind an operation: frames as they crossed the wire, masked of secrets by the
// connector before they were kept.
import type { Fen } from '@reli/sdk'
import { query } from '../db/db.ts'

export interface MessageRow {
  frameId: string
  direction: 'in' | 'out'
  at: string
  peer: string | null
  operation: string | null
  result: string | null
  bytes: Buffer
}

// An answer may be kept without the key of its request; the frame's number joins the two.
export const messagesOf = query<
  [companyId: string, channelId: string, bankDate: string, serial: string, limit: number],
  MessageRow
>(
  'messages_of',
  `
  with named as (
    select frame_id from reli.messages
     where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4
     limit $5)
  select frame_id, direction, at, peer, operation, result, bytes
    from reli.messages
   where company_id = $1 and channel_id = $2 and frame_id in (select frame_id from named)
   order by at, frame_id, direction
   limit $5`,
)

export interface StatementLineRow {
  statementNo: number
  lineNo: number
  amountFen: Fen
  state: 'paid' | 'reversed'
  paidAt: string
  outlet: string
}

/** What the bank's settled file says of the same key. */
export const statementLinesOf = query<
  [companyId: string, channelId: string, bankDate: string, serial: string],
  StatementLineRow
>(
  'statement_lines_of',
  `
  select statement_no, line_no, amount_fen, state, paid_at, outlet
    from reli.statement_lines
   where company_id = $1 and channel_id = $2 and bank_date = $3 and serial = $4
   order by statement_no, line_no`,
)
