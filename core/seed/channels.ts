// The two collecting banks of the demo with the parameters agreed in their papers (§6, §8).
export interface DemoChannel {
  channelId: string
  title: string
  connector: string
  dateRule: 'signed_on' | 'calendar'
  unknownProfile: 'bank_reverses' | 'bank_reconciles' | 'we_query'
  singleLimitFen: bigint
  partMinFen: bigint | null
  partStepFen: bigint | null
  maxSeasons: number
  outlets: { outletNo: string; name: string; enabled: boolean }[]
}

export const demoChannels: readonly DemoChannel[] = [
  {
    channelId: 'icbc',
    title: '中国工商银行',
    connector: 'icbc',
    dateRule: 'signed_on',
    // The bank asks, then reverses (R8): an answer that never came is undone by the bank.
    unknownProfile: 'bank_reverses',
    singleLimitFen: 5_000_000n,
    partMinFen: null,
    partStepFen: null,
    maxSeasons: 6,
    outlets: [
      { outletNo: '0200000101', name: '工行石家庄中山支行', enabled: true },
      { outletNo: '0200000102', name: '工行石家庄裕华支行', enabled: true },
      { outletNo: '0200000199', name: '工行石家庄建南分理处', enabled: false },
    ],
  },
  {
    channelId: 'rcu',
    title: '河北省农村信用社',
    connector: 'rcu',
    dateRule: 'calendar',
    unknownProfile: 'bank_reverses',
    singleLimitFen: 5_000_000n,
    partMinFen: 10_000n,
    partStepFen: 10_000n,
    maxSeasons: 3,
    outlets: [
      { outletNo: '4020000101', name: '农信社新华联社营业部', enabled: true },
      { outletNo: '4020000102', name: '农信社柏林庄信用社', enabled: true },
      { outletNo: '4020000199', name: '农信社方村信用社', enabled: false },
    ],
  },
]
