// What a role is told. The same thing is told once (`notices_once`).
import { query } from '../db/db.ts'

export const insertNotice = query<
  [company: string, role: string, kind: string, subject: string, text: string, link: string | null],
  never
>(
  'insert_notice',
  `insert into reli.notices (company_id, role, kind, subject, text, link)
   values ($1, $2, $3, $4, $5, $6)
   on conflict on constraint notices_once do nothing`,
)
