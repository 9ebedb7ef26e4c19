// Who and when in the test world.
export const company_id = 'heat'
export type Row = Record<string, unknown>

export const today = beijing(new Date()).slice(0, 10)

export const banks = [
  ['ccb', '建设银行'],
  ['icbc', '工商银行'],
  ['abc', '农业银行'],
  ['psbc', '邮储银行'],
  ['rcu', '农村信用社'],
] as const

export const names = ['王建国', '张三', '欧阳晓明', '李红霞', '单雄信', '曾国强', '刘洋', '陈静怡']

/** The payment every test looks at: 建行, 王建国, ¥2,123.00, with its bytes and postings. */
export const theSerial = 'CCB00000001'

/** `2026-11-20T09:30:12`, as people in China write down the moment. */
export function beijing(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19)
}
