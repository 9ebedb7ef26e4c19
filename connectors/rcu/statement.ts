// §7 对账文件: `|` between columns, none at the end, and only payments that stand. The flag file is in
// the format of `md5sum`.
import {
  date,
  digits,
  instant,
  integer,
  optional,
  type StatementSpec,
  text,
  yuan,
} from '@reli/sdk/codec'
import { money, receiptNo, userNo } from './codec.ts'

export const statement: StatementSpec = {
  name: 'RCU402_HEAT_{date}_{nn}.txt',
  encoding: 'gbk',
  lineEnd: '\n',
  record: { separator: '|' },
  header: {
    bankDate: date(8, '账务日期'),
    paidCount: integer(10, '笔数'),
    paidFen: yuan(20, '金额'),
  },
  row: {
    serial: digits(12, '主机流水'),
    customerNo: userNo,
    name: text(60, '户名'),
    amountFen: money('金额'),
    at: instant(14, '时间'),
    outlet: digits(10, '网点号'),
    receiptNo: optional(receiptNo),
  },
  flag: { suffix: '.md5', algorithm: 'md5', content: '{digest}  {name}\n' },
}
