// `reli calc`: the auditor's calculator. Reads billing cases or histories as JSON, from stdin or
// `--file`, and answers with the keys of `expect`; `--check` compares and ends with 1 on a
// difference.
import { readFileSync } from 'node:fs'
import { type Answered, answerAll } from '../calc/calc.ts'
import { BadCase } from '../calc/fields.ts'
import { complain, say } from './say.ts'
import { Misused, type Words } from './words.ts'

/** A list of some ten thousand cases; more is no case file. */
const largestInputBytes = 64 * 1024 * 1024

export function calcCommand({ values }: Words): void {
  const text = inputOf(values.file)
  try {
    const answered = answerAll(parsed(text), values.history === true)
    if (values.check) report(answered)
    else sayAnswers(answered)
  } catch (error) {
    if (!(error instanceof BadCase)) throw error
    complain(error.message)
    process.exitCode = 2
  }
}

function sayAnswers({ list, isList }: Answered): void {
  const answers = list.map(({ answer }) => answer)
  say(JSON.stringify(isList ? answers : answers[0], null, 2))
}

function inputOf(file: string | undefined): string {
  if (file === undefined && process.stdin.isTTY) {
    throw new Misused('请从标准输入给出案例，或用 --file 文件，例如：reli calc < case.json')
  }
  let bytes: Buffer
  try {
    bytes = readFileSync(file ?? 0)
  } catch (error) {
    throw new Misused(`读不到 ${file ?? '标准输入'}：${(error as Error).message}`)
  }
  if (bytes.length > largestInputBytes) {
    throw new Misused(`案例文件超过 ${largestInputBytes >> 20} MB，请分开`)
  }
  return bytes.toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadCase(
      '$',
      `不是合法的 JSON（${(error as Error).message}）`,
      '请检查括号、引号和逗号',
    )
  }
}

function report({ list }: Answered): void {
  let wrong = 0
  for (const { id, differences } of list) {
    for (const { path, expected, actual } of differences) {
      wrong++
      say(`${id} ${path}：应为 ${JSON.stringify(expected)}，算得 ${JSON.stringify(actual)}`)
    }
  }
  say(wrong === 0 ? `${list.length} 例全部一致` : `${list.length} 例中有 ${wrong} 处不一致`)
  if (wrong > 0) process.exitCode = 1
}
