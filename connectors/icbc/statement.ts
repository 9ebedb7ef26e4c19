// §7 对账文件: fixed records of 160 bytes, text on the left, numbers zero-filled, amounts in fen. Rows
// are all accepted payments of the date, those that stand (P) and those that were reversed (R).
import {
  blanks,
  chars,
  choice,
  constant,
  date,
  digits,
  fenDigits,
  instant,
  integer,
  matching,
  optional,
  type StatementSpec,
  text,
  zeroFilled,
} from '@reli/sdk/codec'

const count = (label: string) => zeroFilled(integer(8, label))
const sum = (label: string) => fenDigits(14, label)
const identifier = (width: number, label: string) =>
  matching(text(width, label), chars('0-9A-Za-z-', 1, width))

export const statement: StatementSpec = {
  name: 'ICBC_HEAT_{date}_{nn}.dat',
  encoding: 'gbk',
  lineEnd: '\r\n',
  record: { pad: 'right' },
  header: {
    mark: constant('H'),
    institution: digits(8, '受理机构'),
    merchant: digits(15, '商户号'),
    bankDate: date(8, '账务日期'),
    paidCount: count('缴费笔数'),
    paidFen: sum('缴费金额'),
    reversedCount: count('冲正笔数'),
    reversedFen: sum('冲正金额'),
    createdAt: instant(14, '生成时间'),
    reserved: blanks(70),
  },
  row: {
    mark: constant('D'),
    rowNumber: count('序号'),
    serial: digits(12, '银行流水'),
    customerNo: identifier(20, '用户编号'),
    name: text(60, '户名'),
    amountFen: sum('金额'),
    state: choice(1, { P: 'paid', R: 'reversed' }, '状态'),
    at: instant(14, '交易时间'),
    outlet: digits(10, '网点号'),
    receiptNo: optional(identifier(20, '收据号')),
  },
  trailer: { mark: constant('T'), rowCount: count('明细数'), reserved: blanks(151) },
  flag: { suffix: '.ok', algorithm: 'sm3', content: '{digest}\n' },
}
