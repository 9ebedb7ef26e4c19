import { query } from '../../db/db.ts'

export interface ReceiptRow {
  receiptId: string
  funds: string
  receivedOn: string
  amountFen: bigint
  clearedFen: bigint
  returnedFen: bigint
  leftFen: bigint
  payer: string
  remark: string
  entrySeq: bigint
  madeBy: string
  madeAt: string
}

const columns = `receipt_id, funds, received_on, amount_fen, cleared_fen, returned_fen, left_fen,
         payer, remark, entry_seq, made_by, made_at`

export const insertReceipt = query<
  [
    companyId: string,
    funds: string,
    receivedOn: string,
    amountFen: bigint,
    payer: string,
    remark: string,
    entrySeq: bigint,
    madeBy: string,
  ],
  ReceiptRow
>(
  'insert_unidentified_receipt',
  `
  insert into reli.unidentified_receipts
         (company_id, receipt_id, funds, received_on, amount_fen, payer, remark, entry_seq, made_by)
  values ($1, 'unr_' || lpad(nextval('reli.unidentified_seq')::text, 12, '0'), $2, $3::date, $4, $5,
          $6, $7, $8)
  returning ${columns}`,
)

export const lockReceipt = query<[companyId: string, receiptId: string], ReceiptRow>(
  'lock_unidentified_receipt',
  `
  select ${columns} from reli.unidentified_receipts
   where company_id = $1 and receipt_id = $2 for update`,
)

export const takeFromReceipt = query<
  [companyId: string, receiptId: string, clearedFen: bigint, returnedFen: bigint],
  ReceiptRow
>(
  'take_from_unidentified_receipt',
  `
  update reli.unidentified_receipts
     set cleared_fen = cleared_fen + $3, returned_fen = returned_fen + $4
   where company_id = $1 and receipt_id = $2
  returning ${columns}`,
)

export const receiptsOf = query<
  [companyId: string, isOpen: boolean, beforeId: string | null, limit: number],
  ReceiptRow
>(
  'unidentified_receipts_of',
  `
  select ${columns} from reli.unidentified_receipts
   where company_id = $1 and (not $2 or cleared_fen + returned_fen < amount_fen)
     and ($3::text is null or receipt_id < $3)
   order by receipt_id desc
   limit $4`,
)
