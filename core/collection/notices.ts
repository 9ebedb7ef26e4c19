// What people are told about a channel's days, in one table, so that it is worded once. A notice
// names the channel, the accounting date and what is to be done; never a customer, a phone or a
// card.
import { toYuan } from '@reli/sdk'
import type { Tx } from '../db/db.ts'
import { insertNotice } from './notices.sql.ts'

export interface Notice {
  role: 'supervisor' | 'bank_operator'
  kind: string
  /** The same kind and subject are told once. */
  subject: string
  text: string
  link?: string
}

/** A channel as people call it, and one of its accounting dates. */
export interface NoticeDay {
  channel: string
  title: string
  bankDate: string
}

/** What became of the differences of a day so far. */
export interface Tally {
  autoBalanced: number
  held: number
  heldFen: bigint
  pending: number
}

export async function notify(tx: Tx, company: string, notice: Notice): Promise<void> {
  const { role, kind, subject, text, link } = notice
  await tx.run(insertNotice, [company, role, kind, subject, text, link ?? null])
}

const day = ({ title, bankDate }: NoticeDay) => `${title} ${bankDate} 对账`

const about = (of: NoticeDay, kind: string, detail: string, text: string): Notice => ({
  role: 'supervisor',
  kind,
  subject: `${of.channel}:${of.bankDate}:${detail}`,
  text,
  link: `/bank/reconciliation/${of.channel}/${of.bankDate}`,
})

export const notices = {
  fileRefused: (of: NoticeDay, fileName: string, digest: string, why: string, problems: number) =>
    about(
      of,
      'statement.refused',
      digest,
      [
        `${day(of)}文件 ${fileName} 已整份拒收，未记账。`,
        `原因：${why}${problems > 1 ? `（共 ${problems} 处问题）` : ''}。请联系银行重新出具。`,
      ].join(''),
    ),
  fileWaits: (of: NoticeDay, fileName: string, digest: string, isSameName: boolean) =>
    about(
      of,
      'statement.waiting',
      digest,
      isSameName
        ? `${day(of)}文件 ${fileName} 处理后内容又有变化，已暂停使用，须两人确认。`
        : `${day(of)}收到更正文件 ${fileName}，前一份已使用，须确认后生效。`,
    ),
  fileMissing: (of: NoticeDay, deadline: string) =>
    about(
      of,
      'statement.missing',
      deadline,
      `${day(of)}至 ${deadline} 仍无可用文件，当日未对账、未做任何调整。请催取。`,
    ),
  differences: (of: NoticeDay, { autoBalanced, held, heldFen, pending }: Tally) =>
    about(
      of,
      'reconcile.differences',
      `${autoBalanced}-${held}-${pending}`,
      [
        `${day(of)}有差异：自动已平 ${autoBalanced} 笔，`,
        `挂暂记 ${held} 笔 ${toYuan(heldFen)} 元，待处理 ${pending} 笔。`,
      ].join(''),
    ),
  unbalanced: (of: NoticeDay, gapFen: bigint) =>
    about(
      of,
      'reconcile.unbalanced',
      gapFen.toString(),
      `${day(of)}自动平账后与银行文件合计仍差 ${toYuan(gapFen)} 元，当日未对平，请立即核查。`,
    ),
}

/** Why a difference stands as it does, for the console's list. */
export const causes = {
  bookedByFile: '已按银行交易时间补记',
  reversedAbsent: '银行当日文件无此笔，已冲正',
  reversedAsBank: '银行已冲正，我方随同冲正',
  vanished: '更正文件中已无此差异',
  toDo: '待自动处理',
  blockedKey: '我方已冲正或封锁该流水，银行仍为成功，款项挂暂记',
  heldRefused: (why: string) => `无法补记（${why}），款项挂暂记`,
  reversalRefused: (why: string) => `无法自动冲正（${why}）`,
  notTakenBack: '银行当日文件无此笔，该渠道不自动冲正',
  amount: '金额不符，不自动调整',
  customer: '户号不符，不自动调整',
  late: '对账文件入库之后到达的缴费',
  outcomeUnknown: '处理结果未知，下次对账时再处理',
}

/** What the person who takes the difference up may consider. */
export const suggestions = {
  held: '核对银行回单，联系银行退客户',
  duplicate: '疑似重复缴费：转预交或退款',
  amount: '核对银行回单，请银行更正或调账',
  customer: '核对户号，冲正后重新记账',
  local: '向银行查询该笔结果',
  late: '核对到达原因后处理',
}

/**
 * Reasons of the file checks in the words of an operator; the English detail stays in the record.
 */
const reasons: readonly [RegExp, string][] = [
  [/digest differs/, '摘要不符'],
  [/flag/, '标志文件不符'],
  [/the file is of|bankDate is/, '账务日期不符'],
  [/(Count|Fen) is/, '笔数或金额合计不符'],
  [/ is .*, expected/, '机构或商户与本渠道不符'],
  [/does not end with/, '文件不完整或换行不符'],
  [/file is empty|record is missing/, '文件不完整'],
  [/bytes instead of|columns instead of/, '行宽或列数不符'],
  [/more than \d+ bytes/, '文件过大'],
  [/serial .*again/, '银行流水重复'],
  [/GBK|charact|encod/i, '字符编码错误'],
]

export const reasonOf = (why: string): string =>
  reasons.find(([pattern]) => pattern.test(why))?.[1] ?? '内容格式不符'
