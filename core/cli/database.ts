// `reli migrate` and `reli seed`: the database's schema, and data to try it with.
import { join } from 'node:path'
import { BadSettings, readDemoSettings } from '../config.ts'
import { changchun, shijiazhuang } from '../seed/city.ts'
import { seed } from '../seed/demo.ts'
import { openWith, readAccess } from '../start/database.ts'
import { migrateTo } from '../start/migrating.ts'
import { databaseFiles } from '../start/secrets.ts'
import { beijingToday } from '../start/start.ts'
import { say } from './say.ts'
import { demoFile } from './start.ts'
import { Misused, type Words } from './words.ts'

/** Where `npm start` keeps its own, unless the command line says otherwise. */
const secretsOf = ({ values }: Words): string =>
  values.secrets ?? join(readDemoSettings(values.config ?? demoFile).folder, 'secrets')

export async function migrateCommand(words: Words): Promise<void> {
  const adminUrl = process.env.DATABASE_URL
  if (!adminUrl) {
    throw new BadSettings('请设置 DATABASE_URL，例如 postgres://admin:密码@127.0.0.1:5432/reli')
  }
  const { urlFile, scopeKeyFile } = await migrateTo(adminUrl, secretsOf(words))
  say(`数据库已是当前版本。核心与后台进程从这里连接：\n  ${urlFile}\n  ${scopeKeyFile}`)
}

/** The demo world has two companies: so many of ten households are the first one's. */
const firstOfTen = 6
const defaultHouseholds = { demo: 20_000, bench: 100_000 }

const progressEvery = { demo: 1_000, bench: 50_000 }

export async function seedCommand(words: Words): Promise<void> {
  const [looks] = words.positionals
  if (looks !== 'demo' && looks !== 'bench') throw new Misused('请写明 seed demo 或 seed bench')
  const households = Number(words.values.customers ?? defaultHouseholds[looks])
  if (process.env.DATABASE_URL) await migrateTo(process.env.DATABASE_URL, secretsOf(words))
  const db = openWith(readAccess(databaseFiles(secretsOf(words))), 'seed', 1)
  const began = performance.now()
  try {
    const bookingOn = beijingToday()
    const plans =
      looks === 'bench'
        ? [{ city: shijiazhuang, households }]
        : [
            { city: shijiazhuang, households: Math.ceil((households * firstOfTen) / 10) },
            { city: changchun, households: Math.floor((households * (10 - firstOfTen)) / 10) },
          ]
    let added = 0
    for (const plan of plans) {
      if (plan.households === 0) continue
      const { name } = plan.city.company
      const onProgress = (done: number) => {
        if (done % progressEvery[looks] === 0) say(`  ${name}：${done} / ${plan.households} 户`)
      }
      added += await seed(db, { ...plan, bookingOn, looks, onProgress })
    }
    say(`写入 ${added} 户，用时 ${((performance.now() - began) / 1000).toFixed(1)} 秒`)
  } finally {
    await db.close()
  }
}
