// Every way an upload is refused before its rows are looked at. People read `zh`.
import type { BadWorkbookCode } from '../excel/package.ts'

export const mostBytes = 50 * 1024 * 1024
export const mostRows = 200_000

export const fileRefusals: Record<BadWorkbookCode, string> = {
  'file.not_excel': '不是 Excel 工作簿，请上传 .xlsx 文件（CSV、WPS 表格请先另存为 .xlsx）',
  'file.old_or_locked': '文件是旧版 .xls 格式或设了密码，请取消密码并另存为 .xlsx 后重新上传',
  'file.damaged': '文件已损坏，无法读取，请用 Excel 打开并另存后重新上传',
  'file.bomb': '文件解压后过大或部件过多，不予读取',
  'file.macro': '文件带有宏，请另存为不含宏的 .xlsx 后重新上传',
  'file.no_sheet': '文件中没有工作表',
  'file.too_many_rows': `数据超过 ${mostRows} 行，请分成几个文件`,
  'file.too_many_columns': '工作表的列过多，请删除模板以外的列',
}

/** The file was read, and is not of the template. */
export class BadSheet extends Error {
  override readonly name = 'BadSheet'
  readonly zh: string

  constructor(zh: string) {
    super(zh)
    this.zh = zh
  }
}
