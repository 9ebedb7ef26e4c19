// Workbooks as people send them, made by a foreign program, and the way they are sent.
import ExcelJS from 'exceljs'
import type { Town } from '../billing/batches/test-town.ts'
import { ownHeader } from '../http/guard.ts'

export async function fileWith(
  heading: readonly string[],
  rows: readonly (readonly unknown[])[],
  dress: (sheet: ExcelJS.Worksheet) => void = () => {},
): Promise<Buffer> {
  const book = new ExcelJS.Workbook()
  const sheet = book.addWorksheet('数据')
  sheet.addRow([...heading])
  for (const row of rows) sheet.addRow([...row])
  dress(sheet)
  return Buffer.from(await book.xlsx.writeBuffer())
}

export async function sheetOf(bytes: Buffer, name = '数据'): Promise<ExcelJS.Worksheet> {
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(bytes as never)
  return book.getWorksheet(name)!
}

export function sender({ app }: Town, cookie: string) {
  return (template: string, bytes: Buffer, fileName = '数据.xlsx') => {
    const boundary = '----reli'
    const head =
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\n` +
      'content-type: application/octet-stream\r\n\r\n'
    return app.inject({
      method: 'POST',
      url: `/v1/imports/${template}`,
      payload: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
      headers: {
        cookie,
        [ownHeader]: '1',
        'content-type': `multipart/form-data; boundary=${boundary}`,
      },
    })
  }
}
