// `reli policy`: a tariff clerk's work from the command line – plan a season, check a file, keep it
// as a draft, try it on a former season's customers, publish it – by the functions behind the API.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { problemsOf } from '../billing/policy/check.ts'
import type { PolicyJson } from '../billing/policy/document.ts'
import { planFrom, planProblems } from '../billing/policy/plan.ts'
import { versionsOf } from '../billing/policy/policies.sql.ts'
import { differencesOf, publishAs, saveDraft, seasonOf } from '../billing/policy/policies.ts'
import { type Simulation, simulate } from '../billing/policy/simulation.ts'
import { NotAllowed } from '../billing/refusals.ts'
import type { Db } from '../db/db.ts'
import { wholeCompanies } from '../db/scope.ts'
import type { FieldProblem } from '../http/problems.ts'
import { exitCodes } from '../start/serve.ts'
import { companyOf, dayOf, withDatabase } from './api-key.ts'
import { complain, padTo, say } from './say.ts'
import { Misused, needed, type Words } from './words.ts'

interface By {
  companyId: string
  login: string
}
type Act = (db: Db, by: By, words: Words) => Promise<void>

const acts: Record<string, Act> = { plan, draft, simulate: tryOut, publish, versions }

export async function policyCommand(words: Words): Promise<void> {
  const [name = ''] = words.positionals
  if (name === 'check') return report(problemsOf(documentOf(words)), '政策文件没有问题')
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined
  if (!act) throw new Misused('请写明 policy check、plan、draft、simulate、publish 或 versions')
  try {
    await withDatabase(words, 'policy', (db) => act(db, companyOf(words), words))
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    complain(error.zh)
    process.exitCode = exitCodes.failed
  }
}

async function plan(db: Db, by: By, { values }: Words): Promise<void> {
  const planned = {
    season: seasonIn(values.season),
    heatStartOn: dayOf(needed(values['from-on'], '--from-on'), '--from-on'),
    heatEndOn: dayOf(needed(values['to-on'], '--to-on'), '--to-on'),
  }
  const faults = planProblems(planned)
  if (faults.length > 0) throw new Misused(faults.map(({ message }) => message).join('；'))
  const copyFrom = values.from === undefined ? undefined : seasonIn(values.from)
  const problems = await db.tx(scopeOf(by), (tx) => planFrom(tx, by, planned, copyFrom))
  say(`已建立采暖期 ${planned.season}（计划中）`)
  if (copyFrom !== undefined) report(problems, `已将 ${copyFrom} 的政策沿用为草案`)
}

async function draft(db: Db, by: By, words: Words): Promise<void> {
  const season = seasonIn(words.values.season)
  const policy = documentOf(words)
  const { companyId, login } = by
  const problems = await db.tx(scopeOf(by), (tx) => saveDraft(tx, companyId, season, policy, login))
  report(problems, `已保存为 ${season} 的草案`)
}

async function tryOut(db: Db, by: By, words: Words): Promise<void> {
  const base = seasonIn(needed(words.values.from, '--from'))
  const policy = documentOf(words)
  const problems = problemsOf(policy)
  if (problems.length > 0) return report(problems, '')
  const tried = await db.read(scopeOf(by), (tx) =>
    simulate(tx, by.companyId, policy as PolicyJson, base),
  )
  showSimulation(tried, base)
}

async function publish(db: Db, by: By, words: Words): Promise<void> {
  const { values, positionals } = words
  const season = seasonIn(values.season)
  const note = needed(values.reason, '--reason')
  const on = values['from-on']
  const published = await db.tx(scopeOf(by), async (tx) => {
    const { companyId, login } = by
    if (positionals[1] !== undefined) {
      await saveDraft(tx, companyId, season, documentOf(words), login)
    }
    const when = on === undefined ? {} : { effectiveOn: dayOf(on, '--from-on') }
    return publishAs(tx, by, season, { note, ...when })
  })
  const when = published.isCurrent ? '已生效' : `${published.effectiveOn} 日切时生效`
  say(`已发布 ${season} 第 ${published.versionNo} 版，${when}`)
}

async function versions(db: Db, by: By, { values }: Words): Promise<void> {
  const season = seasonIn(values.season)
  const rows = await db.read(scopeOf(by), async (tx) => {
    await seasonOf(tx, by.companyId, season)
    return tx.many(versionsOf, [by.companyId, season])
  })
  if (rows.length === 0) say('还没有发布过')
  rows.forEach(({ versionNo, effectiveOn, publishedBy, note, policy }, at) => {
    say(`第 ${versionNo} 版  ${effectiveOn} 起  ${publishedBy}  ${note}`)
    const before = rows[at + 1]
    if (!before) return
    for (const each of differencesOf(before.policy, policy)) {
      say(`  ${each.path}：${JSON.stringify(each.before)} → ${JSON.stringify(each.after)}`)
    }
  })
}

const scopeOf = ({ companyId }: By) => wholeCompanies(companyId)

function seasonIn(text: string | undefined): string {
  if (text !== undefined && /^\d{4}-\d{4}$/.test(text)) return text
  throw new Misused('请写明采暖期，例如 --season 2026-2027')
}

function documentOf({ positionals: [, file] }: Words): unknown {
  if (file === undefined)
    throw new Misused('请写明政策文件，例如 config/policies/shijiazhuang.yaml')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Misused(`读不到 ${file}：${(error as Error).message}`)
  }
  try {
    return parse(text)
  } catch (error) {
    throw new Misused(`${file} 不是合法的 YAML：${(error as Error).message}`)
  }
}

function report(problems: readonly FieldProblem[], allRight: string): void {
  for (const { message } of problems) say(message)
  if (problems.length === 0) say(allRight)
  else {
    say(`共 ${problems.length} 处问题，改正后才能发布`)
    process.exitCode = exitCodes.failed
  }
}

const yuan = (amount: bigint): string => {
  const [sign, size] = amount < 0n ? ['-', -amount] : ['', amount]
  return `${sign}${size / 100n}.${String(size % 100n).padStart(2, '0')}`
}

function showSimulation({ sums, largest, ...counts }: Simulation, base: string): void {
  const { customers, withoutPrice, withoutArea } = counts
  say(`按 ${base} 的 ${customers} 户试算：`)
  const wide = 18
  const line = (...cells: string[]) => say(cells.map((cell) => padTo(cell, wide)).join(''))
  line('单价类型', '用户性质', '面积项', '面积（㎡）', '原应收（元）', '新应收（元）', '差额（元）')
  let [before, after] = [0n, 0n]
  for (const sum of sums) {
    before += sum.beforeFen
    after += sum.afterFen
    const amounts = [sum.beforeFen, sum.afterFen, sum.afterFen - sum.beforeFen].map(yuan)
    line(sum.priceClass, sum.nature, String(sum.rooms), yuan(sum.areaAfterDm2), ...amounts)
  }
  line('合计', '', '', '', ...[before, after, after - before].map(yuan))
  if (withoutPrice > 0) say(`${withoutPrice} 个面积项的单价类型不在政策中，未计入`)
  if (withoutArea > 0) say(`${withoutArea} 个面积项没有该口径的面积，按原面积计`)
  if (largest.length > 0) say('变化最大的用户：')
  for (const { customerNo, beforeFen, afterFen } of largest) {
    line(`  ${customerNo}`, yuan(beforeFen), yuan(afterFen), yuan(afterFen - beforeFen))
  }
}
