// A season to come: its calendar, and as a first draft the policy of a former one with its dates
// moved on (domain.md §5).
import type { Tx } from '../../db/db.ts'
import type { FieldProblem } from '../../http/problems.ts'
import { recordAct } from '../../org/audit.ts'
import { planSeason } from '../seasons/season.ts'
import { addDays, type Day, dayNumber, daysBetween, dayText } from '../seasons.ts'
import { saveDraft, seasonOf } from './policies.ts'

export interface SeasonPlan {
  season: string
  heatStartOn: Day
  heatEndOn: Day
}

/** Found between the south of the heating region and its far north. */
const [shortest, longest] = [60, 270]

export function planProblems({ season, heatStartOn, heatEndOn }: SeasonPlan): FieldProblem[] {
  const found: FieldProblem[] = []
  const [first, second] = season.split('-').map(Number) as [number, number]
  if (second !== first + 1) {
    const message = `「采暖期」须为相邻两年，如 ${first}-${first + 1}`
    return [{ field: 'season', message }]
  }
  if (heatStartOn < `${first}-07-01` || heatStartOn > `${second}-01-31`) {
    const message = `「供暖开始日」不在 ${season} 采暖期内，应在 ${first}-07-01 至 ${second}-01-31 之间`
    found.push({ field: 'heatStartOn', message })
  }
  if (heatEndOn <= heatStartOn) {
    found.push({ field: 'heatEndOn', message: '「供暖结束日」必须晚于供暖开始日' })
    return found
  }
  const days = daysBetween(heatStartOn, addDays(heatEndOn, 1))
  if (days < shortest || days > longest) {
    const message = `供暖 ${days} 天不合常理（${shortest} 至 ${longest} 天），请核对「供暖结束日」`
    found.push({ field: 'heatEndOn', message })
  }
  return found
}

/** What a season has before anything is published for it: the defaults of domain.md §4.0. */
export const barePolicy = ({ heatStartOn }: SeasonPlan) => ({
  late_fee: {
    due_date: `${heatStartOn.slice(0, 4)}-12-31`,
    late_fee_rate: '0.001',
    late_fee_cap: '0.3',
    late_fee_base: 'OUTSTANDING',
  },
  discount: null,
})

/** Every day of a document, that many years later. */
export function movedOn(value: unknown, years: number): unknown {
  if (Array.isArray(value)) return value.map((each) => movedOn(each, years))
  if (typeof value === 'string') return isDay.test(value) ? yearsLater(value, years) : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, movedOn(each, years)]),
  )
}

const isDay = /^\d{4}-\d{2}-\d{2}$/

/** 29 February becomes the last day of that month. */
function yearsLater(day: Day, years: number): Day {
  const year = String(Number(day.slice(0, 4)) + years).padStart(4, '0')
  const moved = `${year}${day.slice(4)}`
  return dayText(dayNumber(moved)) === moved ? moved : `${year}-02-28`
}

/** Plans a season whose calendar is right; what is wrong with the draft that came with it. */
export async function planFrom(
  tx: Tx,
  { companyId, login }: { companyId: string; login: string },
  plan: SeasonPlan,
  copyFrom?: string,
): Promise<FieldProblem[]> {
  const { season } = plan
  const former = copyFrom === undefined ? null : await seasonOf(tx, companyId, copyFrom)
  await planSeason(tx, companyId, { ...plan, policy: barePolicy(plan) })
  const act = { companyId, actor: login, action: 'season.planned', subject: season, after: plan }
  await recordAct(tx, act)
  if (!former) return []
  const years = Number(season.slice(0, 4)) - Number(former.season.slice(0, 4))
  return saveDraft(tx, companyId, season, movedOn(former.policy, years), login)
}
