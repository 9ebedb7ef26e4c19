// What the banks' files and the auditor found in the test world, and whom they told.
import { beijing, company_id, type Row, theSerial, today } from './test-names.ts'

export function differenceRows(): [string, Row[]][] {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
  const difference = (days: number, rest: Row): Row => ({
    company_id,
    bank_date: beijing(daysAgo(days)).slice(0, 10),
    state: 'PENDING',
    opened_at: daysAgo(days).toISOString(),
    ...rest,
  })
  return [
    [
      'exceptions',
      [
        difference(2, {
          channel_id: 'ccb',
          serial: 'CCB88120001',
          class: 'BANK_ONLY',
          bank_fen: '212300',
          bank_state: 'paid',
          customer_no: '10000',
          cause: '我方无此流水，该户欠费已变化',
          suggestion: '转入预交款',
        }),
        difference(1, {
          channel_id: 'abc',
          serial: 'ABC00007731',
          class: 'AMOUNT_DIFF',
          our_fen: '212400',
          our_state: 'PAID',
          bank_fen: '212300',
          bank_state: 'paid',
          customer_no: '10002',
          cause: '同一流水金额不一致',
          suggestion: '核对回单后调账',
        }),
        difference(1, {
          channel_id: 'icbc',
          serial: 'ICBC0000931',
          class: 'STATE_DIFF',
          our_fen: '189000',
          our_state: 'REVERSED',
          bank_fen: '189000',
          bank_state: 'paid',
          customer_no: '10003',
          cause: '银行成功，我方已冲正',
          suggestion: '重新入账',
        }),
        difference(0, {
          channel_id: 'ccb',
          bank_date: today,
          serial: theSerial,
          class: 'LOCAL_ONLY',
          our_fen: '212300',
          our_state: 'PAID',
          customer_no: '10000',
          state: 'ON_HOLD',
          cause: '银行文件无此流水，等待下一文件',
          suggestion: '次日核对',
        }),
        difference(0, {
          channel_id: 'rcu',
          serial: 'RCU00002210',
          class: 'BANK_ONLY',
          bank_fen: '99000',
          bank_state: 'paid',
          customer_no: '99999',
          cause: '用户编号不存在',
          suggestion: '退客户',
        }),
      ],
    ],
    [
      'notices',
      [
        {
          company_id,
          at: daysAgo(0).toISOString(),
          role: 'bank_operator',
          kind: 'day.unbalanced',
          subject: `ccb ${today}`,
          text: '建设银行对账差额 2,123.00 元，待处理差错 1 笔',
          link: `/bank/reconciliation/ccb/${today}`,
        },
        {
          company_id,
          at: daysAgo(0.1).toISOString(),
          role: 'bank_operator',
          kind: 'file.missing',
          subject: `rcu ${today}`,
          text: '农村信用社对账文件超过约定时间 30 分钟未到',
          link: null,
        },
        {
          company_id,
          at: daysAgo(0.2).toISOString(),
          role: 'supervisor',
          kind: 'day.unbalanced',
          subject: 'supervisor',
          text: '主管通知',
          link: null,
        },
      ],
    ],
    [
      'audit_findings',
      [
        {
          company_id,
          invariant: 'I4',
          subject: 'clearing:abc',
          detail: {},
          found_at: daysAgo(0.01).toISOString(),
        },
      ],
    ],
  ]
}
