// Taking a day's file in: whole or not at all, once, and replaced only with consent.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fen } from '@reli/sdk'
import { type StatementRow, type StatementSpec, writeStatement } from '@reli/sdk/codec'
import pg from 'pg'
import { after, before, end, test } from 'tap'
import { statement as icbc } from '../../connectors/icbc/statement.ts'
import { statement as rcu } from '../../connectors/rcu/statement.ts'
import { wholeCompanies } from '../db/scope.ts'
import { type TestDb, testDb } from '../db/test-db.ts'
import {
  alarmMissing,
  type Consent,
  consent,
  datesIn,
  type StatementFolder,
  type StatementSource,
  takeStatement,
  unfinishedDays,
} from './statements.ts'

const config = { institution: '01020000', merchant: '102100000000701' }
let at: TestDb
let admin: pg.Client

before(async () => {
  at = await testDb()
  admin = new pg.Client({ connectionString: at.adminUrl })
  await admin.connect()
})
after(async () => {
  await admin.end()
  await at.close()
})

let companies = 0

/** A channel of a company of its own: the tests of this file share a database. */
async function aChannel(bank: 'icbc' | 'rcu'): Promise<StatementSource> {
  const company = `c${++companies}`
  await admin.query(
    `with made as (insert into reli.companies values ($1, '测试热力', null, current_date))
     insert into reli.channels (company_id, channel_id, title, connector, date_rule,
       unknown_profile,
         single_limit_fen, max_seasons, clearing_account)
       values ($1, $2::text, $2, $2, 'calendar', 'bank_reverses', 5000000, 6, 'clearing:' || $2)`,
    [company, bank],
  )
  const spec = { icbc, rcu }[bank]
  return { company, channel: bank, title: bank, spec, config: bank === 'icbc' ? config : {} }
}

interface Folder extends StatementFolder {
  files: Map<string, Uint8Array>
  bak: string[]
  err: string[]
  put(file: { fileName: string; bytes: Uint8Array; flagName: string; flagBytes: Uint8Array }): void
}

function memoryFolder(): Folder {
  const files = new Map<string, Uint8Array>()
  const [bak, err]: [string[], string[]] = [[], []]
  const moved = (to: string[]) => async (name: string) => {
    assert.ok(files.delete(name), `${name} is in the folder`)
    to.push(name)
  }
  return {
    files,
    bak,
    err,
    put: ({ fileName, bytes, flagName, flagBytes }) => {
      files.set(fileName, bytes)
      files.set(flagName, flagBytes)
    },
    list: async () => [...files.keys()].map((name) => ({ name })),
    fetch: async (name) => files.get(name)!,
    accept: moved(bak),
    refuse: moved(err),
  }
}

const row = (serial: number, more: Partial<StatementRow> = {}): StatementRow => ({
  serial: String(serial).padStart(12, '0'),
  customerNo: '0012345678',
  name: '李億觀',
  amountFen: fen(271530),
  state: 'paid',
  at: '2026-11-20T09:30:12',
  outlet: '0200000101',
  ...more,
})
const bankDate = '2026-11-20'
const file = (
  spec: StatementSpec,
  sequence: number,
  rows: StatementRow[],
  more: { bankDate?: string; config?: Record<string, unknown> } = {},
) =>
  writeStatement(spec, rows, {
    bankDate,
    sequence,
    createdAt: '2026-11-21T00:30:00',
    config,
    ...more,
  })

async function rowsOf(text: string, company: string): Promise<Record<string, unknown>[]> {
  return (await admin.query(text, [company])).rows
}

const posted = ({ company }: StatementSource) =>
  rowsOf(
    `select (select count(*)::int from reli.entries where company_id = $1) as entries,
            (select count(*)::int from reli.statement_lines where company_id = $1) as lines,
            (select coalesce(max(state), 'OPEN') from reli.channel_days
              where company_id = $1) as day`,
    company,
  )

interface Vector {
  id: string
  file_name: string
  base64: string
  valid: boolean
  flag_file: { name: string; content_hex: string }
  rows?: unknown[]
  totals?: { paid_count: number; paid_fen: number }
}

for (const bank of ['icbc', 'rcu'] as const) {
  const path = new URL(`../../connectors/${bank}/vectors/${bank}.json`, import.meta.url)
  const vectors = JSON.parse(readFileSync(path, 'utf8')).recon as Vector[]
  for (const vector of vectors) {
    const verdict = vector.valid ? 'taken' : 'refused whole'
    test(`${bank}: the paper's file «${vector.id}» is ${verdict}`, async (t) => {
      const source = await aChannel(bank)
      const folder = memoryFolder()
      folder.put({
        fileName: vector.file_name,
        bytes: Buffer.from(vector.base64, 'base64'),
        flagName: vector.flag_file.name,
        flagBytes: Buffer.from(vector.flag_file.content_hex, 'hex'),
      })
      const taken = await takeStatement(at.db, source, folder, bankDate)
      t.equal(folder.files.size, 0)
      const [state] = await rowsOf(
        'select * from reli.statements where company_id = $1',
        source.company,
      )
      const names = [vector.file_name, vector.flag_file.name]
      if (vector.valid) {
        t.equal(taken.is, 'imported')
        t.same(folder.bak, names)
        t.equal(state!.state, 'IMPORTED')
        t.equal(state!.paid_count, vector.totals!.paid_count)
        t.equal(Number(state!.paid_fen), vector.totals!.paid_fen)
        const [now] = await posted(source)
        t.same(now, { entries: 0, lines: vector.rows!.length, day: 'FILE_IN' })
        return
      }
      t.equal(taken.is, 'refused')
      t.same(folder.err, names)
      t.equal(state!.state, 'REFUSED')
      t.ok((state!.problems as unknown[]).length > 0)
      t.same(await posted(source), [{ entries: 0, lines: 0, day: 'OPEN' }])
      const [notice] = await rowsOf(
        'select role, text from reli.notices where company_id = $1',
        source.company,
      )
      t.equal(notice!.role, 'supervisor')
      t.match(notice!.text as string, /已整份拒收，未记账。原因：[^格]+[。，（]/)
    })
  }
}

test('files that are refused or not read', async (t) => {
  const source = await aChannel('icbc')
  const take = (folder: Folder) => takeStatement(at.db, source, folder, bankDate)
  const good = file(icbc, 1, [row(1), row(2)])

  const broken: [string, ReturnType<typeof file>][] = [
    ['half a file', { ...good, bytes: good.bytes.subarray(0, 400) }],
    [
      'another institution',
      file(icbc, 1, [row(1)], { config: { ...config, institution: '99999999' } }),
    ],
    [
      'another date inside',
      { ...good, ...renamed(file(icbc, 1, [], { bankDate: '2026-11-19' }), good) },
    ],
    ['a serial twice', file(icbc, 1, [row(1), row(1)])],
  ]
  for (const [why, bad] of broken) {
    await t.test(why, async (t) => {
      const folder = memoryFolder()
      folder.put(bad)
      t.equal((await take(folder)).is, 'refused')
      t.equal(folder.err.length, 2)
    })
  }
  t.same(await posted(source), [{ entries: 0, lines: 0, day: 'OPEN' }])

  await t.test('nothing is read without its flag, nor of another day', async (t) => {
    const folder = memoryFolder()
    folder.put(good)
    folder.files.delete(good.flagName)
    folder.put(file(icbc, 1, [row(1)], { bankDate: '2026-11-19' }))
    folder.files.set('ICBC_HEAT_20261120_02.dat.tmp', good.bytes)
    folder.files.set('ICBC_HEAT_20261120_00.dat', good.bytes)
    t.equal((await take(folder)).is, 'missing')
    t.same(datesIn(icbc, await folder.list()), ['2026-11-19'])
    t.equal(folder.files.size, 5)
  })

  await t.test('a missing file is told once a deadline, and never acted on', async (t) => {
    t.ok(await alarmMissing(at.db, source, bankDate, '06:00'))
    t.ok(await alarmMissing(at.db, source, bankDate, '06:00'))
    t.ok(await alarmMissing(at.db, source, bankDate, '09:00'))
    const text = `select count(*)::int from reli.notices
                   where company_id = $1 and kind = 'statement.missing'`
    t.same(await rowsOf(text, source.company), [{ count: 2 }])
  })
})

/** The bytes of one file under the name of another, with a flag that fits. */
function renamed(of: ReturnType<typeof file>, as: ReturnType<typeof file>) {
  return { bytes: of.bytes, flagBytes: of.flagBytes, fileName: as.fileName, flagName: as.flagName }
}

test('a day has one file at a time', async (t) => {
  const source = await aChannel('icbc')
  const folder = memoryFolder()
  const take = () => takeStatement(at.db, source, folder, bankDate)
  const agree = (wish: Partial<Consent>) =>
    at.db.tx(wholeCompanies(source.company), (tx) =>
      consent(tx, {
        company: source.company,
        channel: 'icbc',
        bankDate,
        statementNo: 3,
        accept: true,
        by: 'usr_1',
        reason: '已与银行核实',
        ...wish,
      }),
    )
  const used = async () =>
    (
      await rowsOf(
        'select statement_no, state from reli.channel_days where company_id = $1',
        source.company,
      )
    )[0]

  await t.test('the highest complete number counts, lower ones are put aside', async (t) => {
    folder.put(file(icbc, 1, [row(1)]))
    folder.put(file(icbc, 2, [row(1), row(2)]))
    folder.files.set('ICBC_HEAT_20261120_03.dat', Buffer.from('no flag yet'))
    t.same(await take(), { is: 'imported', statementNo: 2, rows: 2 })
    t.same(await used(), { statement_no: 2, state: 'FILE_IN' })
    t.equal(folder.bak.length, 4)
    t.equal(folder.files.delete('ICBC_HEAT_20261120_03.dat'), true)
    t.same(await unfinishedDays(at.db, source, '2026-11-01'), [bankDate])
  })

  await t.test('the same file again changes nothing', async (t) => {
    folder.put(file(icbc, 2, [row(1), row(2)]))
    t.same(await take(), { is: 'unchanged' })
    folder.put(file(icbc, 1, [row(1)]))
    t.same(await take(), { is: 'unchanged' })
    t.same(
      await rowsOf(
        'select count(*)::int from reli.statements where company_id = $1',
        source.company,
      ),
      [{ count: 1 }],
    )
    t.equal(folder.files.size, 0)
  })

  await t.test('a corrected file waits for one person', async (t) => {
    folder.put(file(icbc, 3, [row(1), row(2), row(3)]))
    t.same(await take(), { is: 'waiting', statementNo: 3 })
    t.same(await take(), { is: 'waiting', statementNo: 3 })
    t.same(await used(), { statement_no: 2, state: 'FILE_IN' })
    t.equal(await agree({ statementNo: 7 }), 'not_waiting')
    t.equal(await agree({}), 'used')
    t.equal(await agree({}), 'not_waiting')
    t.same(await used(), { statement_no: 3, state: 'FILE_IN' })
    t.same(await take(), { is: 'unchanged' })
    t.equal(folder.files.size, 0)
  })

  await t.test('other content under a used name waits for two', async (t) => {
    folder.put(file(icbc, 3, [row(1), row(2), row(4)]))
    t.same(await take(), { is: 'waiting', statementNo: 103 })
    t.equal(await agree({ statementNo: 103 }), 'needs_second_person')
    t.equal(await agree({ statementNo: 103 }), 'needs_second_person')
    t.same(await used(), { statement_no: 3, state: 'FILE_IN' })
    t.equal(await agree({ statementNo: 103, by: 'usr_2' }), 'used')
    t.same(await used(), { statement_no: 103, state: 'FILE_IN' })
  })

  await t.test('a rejected one goes where refused files go', async (t) => {
    folder.put(file(icbc, 4, [row(9)]))
    folder.err.length = 0
    t.same(await take(), { is: 'waiting', statementNo: 4 })
    t.equal(await agree({ statementNo: 4, accept: false }), 'rejected')
    t.same(await take(), { is: 'unchanged' })
    t.equal(folder.err.length, 2)
    t.same(await used(), { statement_no: 103, state: 'FILE_IN' })
  })
})

test('fifty thousand lines are taken in at once', async (t) => {
  const source = await aChannel('rcu')
  const folder = memoryFolder()
  folder.put(
    file(
      rcu,
      1,
      Array.from({ length: 50_000 }, (_, at) => row(at + 1)),
    ),
  )
  const taken = await takeStatement(at.db, source, folder, bankDate)
  t.same(taken, { is: 'imported', statementNo: 1, rows: 50_000 })
  t.same(await posted(source), [{ entries: 0, lines: 50_000, day: 'FILE_IN' }])
})

// The connections are closed when the last test is through.
end()
