// The composition root and the command `reli`. Each command loads what it needs and no more: a fep
// never loads a line of the database.
import { complain, say } from './cli/say.ts'
import { Misused, needed, type Words, wordsOf } from './cli/words.ts'
import { exitCodes, serve, tellReady } from './start/serve.ts'

const help = `用法：reli <命令> [参数]

  start      [--config config/demo.yaml] [--households N]   启动整套演示系统（npm start）
  hub        --config 文件                                  核心：业务与控制台
  worker     --config 文件                                  后台：对账、日切、单据
  fep        --config 文件                                  前置机：银行接入
  migrate    [--secrets 文件夹]                             建立或升级数据库（DATABASE_URL）
  seed       demo|bench [--customers N]                     写入演示世界（两家公司、五季）或压测数据
  statement  <银行>                                         让模拟银行立即出对账文件
  reconcile  <渠道> <日期>                                  取文件并对账
  calc       [--file 文件] [--history] [--check]            按计费规则核算案例（JSON）
  policy     check|draft|simulate|publish 文件 · plan · versions   收费政策（--season）
  import     <模板> <文件> [--check]                        导入 Excel 文件；--check 只预检
  export     <清单> <文件>                                  导出清单为 Excel 文件
  season     check|open|status|rollback|heat|settle|close <采暖期> [机构]
                                                            开账、撤回、供暖、结算、关账
  audit      [--config 文件]                                账务稽核：重算余额与不变式
  api-key    create|list|rotate|disable                     合作方接口密钥（--name --scopes …）
  window     list|add|end                                   营业窗口（--channel --business …）
  collection list|stop|start                                代收启停（--channel --season --reason）
  doctor                                                    检查环境，逐项给出处理办法

退出码：0 成功 · 1 检查未通过 · 2 用法错误 · 3 配置错误 · 4 依赖不可用 · 5 冲突`

const commands: Record<string, (words: Words) => Promise<unknown>> = {
  start: async (words) => (await import('./cli/start.ts')).startCommand(words),
  hub: async ({ values }) => {
    const file = needed(values.config, '--config')
    const { openHub } = await import('./start/hub-process.ts')
    await serve('hub', (log) => openHub(file, log))
  },
  worker: async ({ values }) => {
    const file = needed(values.config, '--config')
    const { openWorker } = await import('./start/worker-process.ts')
    await serve('worker', async (log) => (await openWorker(file, log)).stop)
  },
  fep: async ({ values }) => {
    process.argv.splice(2, process.argv.length, needed(values.config, '--config'))
    await import('./fep/run.ts')
    tellReady()
  },
  sftp: async ({ values }) => {
    const { serveSftp } = await import('./start/sftp.ts')
    const { folder, secrets, port } = values
    await serve('sftp', (log) =>
      serveSftp(needed(folder, '--folder'), needed(secrets, '--secrets'), Number(port), log),
    )
  },
  migrate: async (words) => (await import('./cli/database.ts')).migrateCommand(words),
  seed: async (words) => (await import('./cli/database.ts')).seedCommand(words),
  statement: async (words) => (await import('./cli/statement.ts')).statementCommand(words),
  reconcile: async (words) => (await import('./cli/reconcile.ts')).reconcileCommand(words),
  calc: async (words) => (await import('./cli/calc.ts')).calcCommand(words),
  policy: async (words) => (await import('./cli/policy.ts')).policyCommand(words),
  import: async (words) => (await import('./cli/import.ts')).importCommand(words),
  export: async (words) => (await import('./cli/export.ts')).exportCommand(words),
  season: async (words) => (await import('./cli/season.ts')).seasonCommand(words),
  audit: async (words) => (await import('./cli/audit.ts')).auditCommand(words),
  'api-key': async (words) => (await import('./cli/api-key.ts')).apiKeyCommand(words),
  window: async (words) => (await import('./cli/collection.ts')).windowCommand(words),
  collection: async (words) => (await import('./cli/collection.ts')).collectionCommand(words),
  doctor: async (words) => (await import('./cli/doctor.ts')).doctorCommand(words),
}

async function main([name = 'help', ...args]: string[]): Promise<void> {
  if (['help', '--help', '-h'].includes(name)) return say(help)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new Misused(`没有「${name}」这个命令`)
  const words = wordsOf(args)
  if (words.values.help) return say(help)
  await command(words)
}

main(process.argv.slice(2)).catch((error: Error) => {
  if (error instanceof Misused) {
    complain(`${error.message}\n\n${help}`)
    process.exit(exitCodes.usage)
  }
  const known = { BadSettings: exitCodes.settings, CannotStart: exitCodes.conflict }
  const code = known[error.name as keyof typeof known]
  if (error instanceof AggregateError) for (const one of error.errors) complain(String(one))
  complain(code === undefined ? (error.stack ?? error.message) : error.message)
  process.exit(code ?? exitCodes.failed)
})
