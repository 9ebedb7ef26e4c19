// One and more success of every operation, chosen to be awkward: names too long for any field and
// with characters that GBK lacks, every season and state, empty and large figures.
import { dm2, fen } from '../money.ts'
import type { Bill, OperationName, Output, Receipt } from '../operations.ts'

const season = (first: number) => ({
  season: `${first}-${first + 1}`,
  receivableFen: fen(210_320),
  outstandingFen: fen(50_320),
  lateFeeFen: fen(15_096),
  discountFen: fen(0),
  payableFen: fen(65_416),
})

const bill = (name: string, seasons: number): Bill => ({
  customerNo: '0012345678',
  name,
  address: `${name}住宅小区`.repeat(20),
  areaDm2: dm2(9_560),
  totalArrearsFen: fen(50_320 * seasons),
  totalPayableFen: fen(65_416 * seasons),
  billToken: 'E2151DD48C568257',
  seasons: Array.from({ length: seasons }, (_, i) => season(2024 + i)),
})

const receipt = (name: string, left: number): Receipt => ({
  customerNo: '0012345678',
  name,
  receiptNo: 'R261120000001',
  amountFen: fen(271_530),
  arrearsLeftFen: fen(left),
  payableLeftFen: fen(left),
})

// 億 ends in the byte of «|», 䶮 and the emoji are not in GBK, the last is cut inside a character.
const names = ['张三', '李億觀', '王䶮😀', '一', '长'.repeat(90), `a${'长'.repeat(90)}`]

export const samples: { readonly [N in OperationName]: readonly Output<N>[] } = {
  'link.echo': [{}],
  'link.sign_on': [{}],
  'link.sign_off': [{}],
  'bill.query': [...names.map((name) => bill(name, 1)), bill('张三', 2), bill('张三', 3)],
  'payment.pay': [...names.map((name) => receipt(name, 0)), receipt('张三', 99_999_999_999)],
  'payment.reverse': [{ effect: 'reversed' }, { effect: 'blocked' }],
  'payment.result': [
    { state: 'not_received', amountFen: fen(0) },
    { state: 'in_process', amountFen: fen(0) },
    { state: 'reversed', amountFen: fen(0) },
    ...(['paid', 'reversed', 'refused'] as const).map((state) => ({
      ...{ state, customerNo: '0012345678', amountFen: fen(271_530) },
      ...{ receiptNo: 'R261120000001' },
    })),
  ],
  'day.totals': [
    { paidCount: 0, paidFen: fen(0), reversedCount: 0, reversedFen: fen(0), equal: true },
    {
      paidCount: 99_999,
      paidFen: fen(271_530n * 99_999n),
      reversedCount: 1,
      reversedFen: fen(1),
      equal: false,
    },
  ],
}
