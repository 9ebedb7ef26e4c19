// Classifications of customers are dictionaries of the company (domain.md §3.3): what a new company
// begins with, and whether what was typed is one of their values. A disabled value stays with whom
// it stands already, and is given to nobody anew.
import type { Tx } from '../db/db.ts'
import type { FieldProblem } from '../http/problems.ts'
import { type DictionaryRow, insertStandard } from './dictionaries.sql.ts'

interface Standard {
  name: string
  many?: true
  items: Record<string, string>
}

/** Codes are for programs, names for people; a company renames, adds and disables. */
export const standardDictionaries: Record<string, Standard> = {
  customer_nature: {
    name: '客户性质',
    items: { RESIDENT: '居民', ORGANISATION: '单位', COMMERCIAL: '商业' },
  },
  customer_type: {
    name: '客户类型',
    items: {
      NORMAL: '普通',
      LOW_INCOME: '低保',
      EMPLOYEE: '职工',
      KEY_ACCOUNT: '大客户',
      BULK: '趸售',
    },
  },
  usage_nature: {
    name: '用热性质',
    items: { CIVIL: '民用', COMMERCIAL: '商用', PUBLIC: '公建', INDUSTRIAL: '工业' },
  },
  heating_mode: {
    name: '用热方式',
    items: { RADIATOR: '散热器', FLOOR: '地暖', FAN_COIL: '风机盘管' },
  },
  line_type: { name: '线别', items: { DIRECT: '直供', INDIRECT: '间供' } },
  property_kind: {
    name: '房产性质',
    items: { COMMODITY: '商品房', PUBLIC: '公房', RESETTLEMENT: '拆迁安置' },
  },
  payer_kind: {
    name: '缴费主体',
    items: { SELF: '自交', EMPLOYER: '单位统交', TREASURY: '财政', PROPERTY: '物业代交' },
  },
  arrears_nature: {
    name: '欠费性质',
    items: { NORMAL: '正常', VACANT: '空置', DISPUTE: '争议', HARDSHIP: '困难', LAWSUIT: '诉讼' },
  },
  dunning_difficulty: { name: '催缴难度', items: { EASY: '易', MEDIUM: '中', HARD: '难' } },
  credit_level: { name: '信用等级', items: { A: 'A级', B: 'B级', C: 'C级', D: 'D级' } },
  customer_tag: {
    name: '客户标签',
    many: true,
    items: { ELDERLY: '独居老人', VETERAN: '退役军人', DISABLED: '残疾人' },
  },
  area_category: {
    name: '面积类别',
    items: {
      RESIDENCE: '住宅',
      GARAGE: '车库',
      SHOP: '商铺',
      ATTIC: '阁楼',
      BALCONY: '阳台',
      PUBLIC: '公建',
    },
  },
}

/** Natures decide terms of charging, categories stand on the area item: neither is a free class. */
const keptElsewhere = new Set(['customer_nature', 'area_category'])

/** Puts in what is missing and leaves alone what the company changed; how many values it added. */
export async function installDictionaries(tx: Tx, companyId: string): Promise<number> {
  const rows = Object.entries(standardDictionaries).flatMap(([dictionary, { name, many, items }]) =>
    Object.entries(items).map(([code, item], place) => ({
      dictionary,
      title: name,
      many: many ?? false,
      code,
      name: item,
      place,
    })),
  )
  return (await tx.one(insertStandard, [companyId, JSON.stringify(rows)])).added
}

export interface Classified {
  classes: Record<string, string>
  tags: readonly string[]
}

/** The values that a customer may not have. `before` is what stands on the card already. */
export function wrongValues(
  dictionaries: readonly DictionaryRow[],
  before: Classified,
  after: Classified,
): FieldProblem[] {
  const known = new Map(dictionaries.map((each) => [each.dictionary, each]))
  const problems: FieldProblem[] = []
  for (const [dictionary, code] of Object.entries(after.classes)) {
    const found = known.get(dictionary)
    if (!found || found.many || keptElsewhere.has(dictionary)) {
      problems.push({ field: 'classes', message: `没有分类「${dictionary}」` })
    } else if (before.classes[dictionary] !== code && !isOpen(found, code)) {
      problems.push({ field: 'classes', message: `「${found.name}」没有可用的取值「${code}」` })
    }
  }
  const tags = known.get('customer_tag')
  for (const tag of after.tags) {
    if (!before.tags.includes(tag) && !(tags && isOpen(tags, tag))) {
      problems.push({ field: 'tags', message: `「客户标签」没有可用的取值「${tag}」` })
    }
  }
  return problems
}

const isOpen = ({ items }: DictionaryRow, code: string) =>
  items.some((item) => item.code === code && item.disabledAt === null)

/** Categories stand on items and bills in words. A company without its own has any. */
export function isCategory(dictionaries: readonly DictionaryRow[], category: string): boolean {
  const found = dictionaries.find(({ dictionary }) => dictionary === 'area_category')
  return !found || found.items.some((item) => item.name === category && item.disabledAt === null)
}
