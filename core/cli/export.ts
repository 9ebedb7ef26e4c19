// `reli export <list> <file.xlsx>`: a list of the company as a spreadsheet.
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { readWorkerSettings } from '../config.ts'
import { wholeCompanies } from '../db/scope.ts'
import { exportLists, type ListName, listNames } from '../exports/lists.ts'
import { openExport } from '../exports/stream.ts'
import { openWith, readAccess } from '../start/database.ts'
import { workerFileOf } from './reconcile.ts'
import { say } from './say.ts'
import { Misused, type Words } from './words.ts'

export async function exportCommand(words: Words): Promise<void> {
  const [list, file] = words.positionals
  if (!listNames.includes(list as ListName) || !file) {
    throw new Misused(`例如：reli export customers 用户.xlsx；清单：${listNames.join('、')}`)
  }
  if (list === 'batch-problems') throw new Misused('该清单请在控制台按操作号下载')
  const settings = readWorkerSettings(workerFileOf(words))
  const db = openWith(readAccess(settings.database), 'export', 2)
  const { title, columns, rows } = exportLists[list as ListName]
  try {
    const { company } = settings
    const source = {
      name: title,
      columns,
      rows: (tx: Parameters<typeof rows>[0]) => rows(tx, company, {}),
    }
    const stream = await openExport(db, wholeCompanies(company), source)
    await pipeline(stream, createWriteStream(file))
    say(`已写入 ${file}`)
  } finally {
    await db.close()
  }
}
