// Files of people: what is wrong is said by row and column and comes back in their own file, what
// is good is booked under one number, the same file twice is refused, and there is a way back.
import tap, { test } from 'tap'
import { companyId, lastSeason, season, testTown } from '../billing/batches/test-town.ts'
import { templates } from './templates.ts'
import { fileWith, sender, sheetOf } from './test-files.ts'
import { workImports } from './work.ts'

const town = await testTown()
tap.teardown(town.end)
const { db, admin, post, get, owed } = town
const cookie = await town.cookieOf('zhangwei')
const send = sender(town, cookie)
const work = () => workImports(db, companyId)

const no = (at: number) => String(at).padStart(10, '0')
const arrears = ['用户编号', '采暖期', '费用项目', '面积项序号', '应收金额', '已收金额', '备注']

/** Sent and checked. */
async function checked(template: string, bytes: Buffer) {
  const sent = await send(template, bytes)
  if (sent.statusCode !== 200) throw new Error(sent.body)
  await work()
  return (await get(cookie, `/v1/imports/${sent.json().importNo}`)).json()
}
async function applied(importNo: string, mode: 'all' | 'good' = 'all') {
  const answer = await post(cookie, `/v1/imports/${importNo}/apply`, { mode, reason: '测试' })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  await work()
  return (await get(cookie, `/v1/batches/${answer.json().batchNo}`)).json()
}
async function tookBack(batchNo: string) {
  await post(cookie, `/v1/batches/${batchNo}/rollback`, { reason: '导错了' })
  await work()
  return (await get(cookie, `/v1/batches/${batchNo}`)).json()
}

test('history is loaded from a file, once, and can be taken back whole', async (t) => {
  const bytes = await fileWith(arrears, [
    [no(1), lastSeason, '热费', 1, 1980, 980.5, '老系统'],
    [no(2), lastSeason, 'HEATING', '１', '1,980.00', null, ''],
    [no(3), lastSeason, '基本热费', 1, '￥396.00', 0, ''],
  ])
  const file = await checked('arrears', bytes)
  t.match(file, { state: 'CHECKED', rowCount: 3, goodCount: 3, badCount: 0, amountFen: '435600' })
  t.equal(await owed(no(1), lastSeason), 0, 'a dry run')
  const batch = await applied(file.importNo)
  t.match(batch, { state: 'DONE', kind: 'import', doneCount: 3, amountFen: '435600' })
  t.same(
    [await owed(no(1), lastSeason), await owed(no(2), lastSeason), await owed(no(3), lastSeason)],
    [99_950, 198_000, 39_600],
  )
  t.equal((await get(cookie, `/v1/imports/${file.importNo}`)).json().state, 'DONE')

  const again = await send('arrears', bytes, '改名.xlsx')
  t.equal(again.statusCode, 409)
  t.equal(again.json().message, `该文件此前已上传，编号 ${file.importNo}，不能重复导入`)

  t.match(await tookBack(batch.batchNo), { state: 'ROLLED_BACK', doneCount: 0, amountFen: '0' })
  t.equal(await owed(no(1), lastSeason), 0)
  const { rows } = await admin.query(`select sum(prepaid_fen)::int as balance from reli.customers`)
  t.equal(rows[0].balance, 0, 'what history had received became nobody’s money')
  t.equal((await send('arrears', bytes)).statusCode, 200, 'and the file may come again')
})

test('each cell that is wrong is named by row and column, in the user’s own file', async (t) => {
  const bytes = await fileWith(
    arrears,
    [
      [no(1), season, '热费', 1, 100, 0, ''],
      [no(99), lastSeason, '热费', 1, 100, 0, ''],
      [4, lastSeason, '热费', 1, 100, 0, ''],
      [no(5), '2025/2026', '热费', 1, 100, 0, ''],
      [no(5), lastSeason, '茶水费', 1, 100, 0, ''],
      [no(5), lastSeason, '热费', 1.5, 100, 0, ''],
      [no(5), lastSeason, '热费', 1, '一百', 0, ''],
      [no(5), lastSeason, '热费', 1, 100.005, 0, ''],
      [no(5), lastSeason, '热费', 1, 0, 0, ''],
      [no(5), lastSeason, '热费', 1, 100, 200, ''],
      [no(5), lastSeason, '热费', 1, 100, -1, ''],
      [no(5), lastSeason, '热费', 1, 100, 0, { formula: 'A1' }],
      [no(5), lastSeason, '热费', 1, 100, 0, '=HYPERLINK("http://x")'],
      [null, lastSeason, '热费', 1, 100, 0, ''],
      [no(5), lastSeason, '热费', 1, { error: '#N/A' }, 0, ''],
      [no(6), lastSeason, '热费', 1, 100, 0, ''],
      [no(6), lastSeason, '热费', 1, 100, 0, ''],
      [no(6), '2001-2002', '热费', 1, 100, 0, ''],
      [1.5e17, lastSeason, '热费', 1, 100, 0, ''],
    ],
    (sheet) => {
      sheet.getCell('A2').font = { bold: true }
    },
  )
  const file = await checked('arrears', bytes)
  t.match(file, { state: 'CHECKED', rowCount: 19, goodCount: 1, badCount: 18 })
  const said = file.problems.map((each: { rowNo: number; columnName: string; zh: string }) => [
    each.rowNo,
    each.columnName,
    each.zh,
  ])
  t.same(said, [
    [2, '费用项目', `该用户 ${season} 已有此项「热费」应收，不能重复补录`],
    [3, '用户编号', '没有这个「用户编号」，或不在您的管辖范围内'],
    [4, '用户编号', '没有这个「用户编号」，或不在您的管辖范围内'],
    [5, '采暖期', '「采暖期」应为起止年份，例如 2025-2026'],
    [
      6,
      '费用项目',
      '「费用项目」只能是 热费、容量热费、计量热费、基本热费、超高费、热水费、蒸汽费、附加费、稽查追缴、稽查罚金、入网费 之一',
    ],
    [7, '面积项序号', '「面积项序号」应为 0 到 999 的整数，例如 1'],
    [8, '应收金额', '「应收金额」应为金额，最多两位小数，例如 1980.00'],
    [9, '应收金额', '「应收金额」应为金额，最多两位小数，例如 1980.00'],
    [10, '应收金额', '「应收金额」必须大于零'],
    [11, '已收金额', '「已收金额」大于「应收金额」'],
    [12, '已收金额', '「已收金额」不能小于零'],
    [13, '备注', '「备注」是没有计算结果的公式，请复制后「选择性粘贴」为数值'],
    [14, '备注', '「备注」不能以 = + - @ 开头'],
    [15, '用户编号', '「用户编号」没有填写，例如 0000012345'],
    [16, '应收金额', '「应收金额」是错误值 #N/A，请改为正确内容，例如 1980.00'],
    [18, null, '与第 17 行重复'],
    [19, null, '没有这个采暖期'],
    [
      20,
      '用户编号',
      '「用户编号」被 Excel 当作数字，已损失位数，请把该列设为「文本」后重填，例如 0000012345',
    ],
  ])

  const given = await get(cookie, `/v1/imports/${file.importNo}/annotated.xlsx`)
  t.match(given.headers['content-disposition'], /%E9%94%99%E8%AF%AF\.xlsx/)
  const sheet = await sheetOf(given.rawPayload)
  t.equal(sheet.getCell('H1').value, '错误原因')
  t.equal(sheet.getCell('H11').value, '「已收金额」大于「应收金额」')
  t.match(sheet.getCell('F11').fill, { fgColor: { argb: 'FFFFC7CE' } })
  t.equal(sheet.getCell('H17').value, null)
  t.ok(sheet.getCell('A2').font.bold)
  t.equal(sheet.getCell('A3').value, no(99))

  const whole = await post(cookie, `/v1/imports/${file.importNo}/apply`, {
    mode: 'all',
    reason: 'x',
  })
  t.equal(whole.json().message, '文件中仍有错误行，不能整批导入；可改为只导入正确的行')
  const batch = await applied(file.importNo, 'good')
  t.match(batch, { state: 'DONE', doneCount: 1, skippedCount: 18, amountFen: '10000' })
  t.equal(await owed(no(6), lastSeason), 10_000)
})

test('what is refused since the dry run takes an «all or nothing» back with it', async (t) => {
  const bytes = await fileWith(arrears, [
    [no(7), lastSeason, '热费', 1, 100, 0, ''],
    [no(8), lastSeason, '热费', 1, 200, 0, ''],
  ])
  const file = await checked('arrears', bytes)
  const other = await fileWith(arrears, [[no(8), lastSeason, '热费', 1, 1, 0, '先到']])
  await applied((await checked('arrears', other)).importNo)
  const batch = await applied(file.importNo)
  t.equal(batch.state, 'ROLLING_BACK')
  await work()
  t.match((await get(cookie, `/v1/batches/${batch.batchNo}`)).json(), {
    state: 'ROLLED_BACK',
    problems: [{ rowNo: 3, customerNo: no(8), code: 'arrears.exists' }],
  })
  t.same([await owed(no(7), lastSeason), await owed(no(8), lastSeason)], [0, 100])
  const sheet = await sheetOf(
    (await get(cookie, `/v1/imports/${file.importNo}/annotated.xlsx`)).rawPayload,
  )
  t.match(sheet.getCell('H3').value, '不能重复补录')
})

test('every template does what it says, and takes it back', async (t) => {
  const day = new Date(Date.UTC(2026, 11, 1))
  const files: [string, string[], unknown[][], (() => Promise<unknown>) | null, unknown][] = [
    [
      'areas',
      ['用户编号', '面积项序号', '收费面积', '层高（米）', '生效日期', '备注'],
      [[no(9), 1, 120.5, null, day, '房产证']],
      async () => (await owed(no(9))) !== 220_000,
      true,
    ],
    [
      'classes',
      ['用户编号', '面积项序号', '单价类型', '生效日期'],
      [[no(9), 1, '商业', '2026年11月15日']],
      () => owed(no(9)),
      310_000,
    ],
    [
      'reductions',
      ['用户编号', '采暖期', '费用项目', '面积项序号', '减免金额', '减免比例（%）', '备注'],
      [
        [no(9), season, '热费', null, 200, null, '低保'],
        [no(10), season, '热费', 1, null, '15', '低保'],
      ],
      async () => [await owed(no(9)), await owed(no(10))],
      [200_000, 187_000],
    ],
    [
      'payments',
      ['用户编号', '收款金额', '收据号', '收费员', '备注'],
      [[no(9), 2200, '00017', '李敏', '']],
      () => owed(no(9)),
      0,
    ],
    [
      'meters',
      [
        '用户编号',
        '采暖期',
        '面积项序号',
        '起码',
        '止码',
        '量程',
        '基本热价',
        '计量热价',
        '封顶比例（%）',
        '结算方式',
        '备注',
      ],
      [[no(9), season, 1, 1234, 9334, '', 7.5, 0.13, 100, '多退少不补', '']],
      // 750.00 for 100 m² and 1,053.00 for 8,100 kWh (E21).
      () => owed(no(9)),
      180_300,
    ],
    [
      'flags',
      ['用户编号', '控制标志', '是否设置', '备注'],
      [[no(9), '收费锁定', '是', '纠纷']],
      async () =>
        (
          await admin.query('select collection_locked from reli.customers where customer_no = $1', [
            no(9),
          ])
        ).rows[0].collection_locked,
      true,
    ],
  ]
  for (const [template, heading, rows, look, wanted] of files) {
    const file = await checked(template, await fileWith(heading, rows))
    t.match(
      file,
      { state: 'CHECKED', badCount: 0 },
      `${template} ${file.refusal} ${JSON.stringify(file.problems)}`,
    )
    const batch = await applied(file.importNo)
    t.match(
      batch,
      { state: 'DONE', skippedCount: 0 },
      `${template} ${JSON.stringify(batch.problems)}`,
    )
    if (look) t.same(await look(), wanted, template)
    const back = await tookBack(batch.batchNo)
    t.equal(back.state, 'ROLLED_BACK', `${template} ${JSON.stringify(back.problems)}`)
    t.equal(await owed(no(9)), 220_000, template)
  }
})

test('new customers come with their rooms, and go again while nobody used them', async (t) => {
  const heading = [
    '用户编号',
    '户名',
    '小区',
    '地址',
    '用户性质',
    '入网状态',
    '电话',
    '面积项序号',
    '面积项',
    '建筑面积',
    '收费面积',
    '层高（米）',
    '单价类型',
    '计费方式',
  ]
  const rows = [
    [
      'N001',
      '王建国',
      '翡翠城',
      '3 号楼 501',
      '居民',
      '',
      '13800000000',
      1,
      '住宅',
      '98.50㎡',
      88.65,
      2.9,
      '居民',
      '',
    ],
    ['N001', '王建国', '翡翠城', '3 号楼 501', '居民', '', '', 2, '车库', 20, '', '', '商业', ''],
    [
      'N002',
      '商户',
      '长安花园',
      '底商 1',
      '商业',
      '待入网',
      '',
      1,
      '',
      50,
      '',
      '',
      '商业',
      '两部制',
    ],
  ]
  const bad = [
    ['N003', '甲', '不存在', '1', '居民', '', '', 1, '', 50, '', '', '居民', ''],
    ['N003', '甲', '翡翠城', '1', '居民', '', '', 2, '', 50, '', '', '贵宾', ''],
    [no(1), '甲', '翡翠城', '1', '居民', '', '', 1, '', 50, '', '', '居民', ''],
    ['N004', '甲', '翡翠城', '1', '居民', '', '1390', 1, '', 50, '', '', '居民', ''],
    ['N004', '甲', '翡翠城', '1', '居民', '', '', 1, '', 9.65, 9650, '', '居民', ''],
    ['N001', '李四', '翡翠城', '3 号楼 501', '居民', '', '', 3, '', 9, '', '', '居民', ''],
  ]
  const file = await checked('customers', await fileWith(heading, [...rows, ...bad]))
  t.same(
    file.problems.map((each: { rowNo: number; zh: string }) => [each.rowNo, each.zh]),
    [
      [5, '没有这个「小区」，请先建立小区'],
      [6, '同一用户的户名、小区、地址与第 5 行不一致'],
      [7, '该「用户编号」已存在'],
      [8, '「电话」应为11 位手机号，例如 13800000000'],
      [9, '「收费面积」超过「建筑面积」的 10 倍，请检查小数点'],
      [10, '同一用户的户名、小区、地址与第 2 行不一致'],
    ],
  )
  const batch = await applied(file.importNo, 'good')
  t.match(batch, { doneCount: 3, skippedCount: 6 })
  const made = await admin.query(`
    select customer_no, network_status, org_path, count(*)::int as rooms,
           sum(billing_area_dm2)::int as area
      from reli.customers join reli.area_items using (company_id, customer_id)
     where customer_no like 'N%' group by 1, 2, 3 order by 1`)
  t.same(made.rows, [
    {
      customer_no: 'N001',
      network_status: 'IN_NETWORK',
      org_path: 'c1.b1.',
      rooms: 2,
      area: 10_865,
    },
    { customer_no: 'N002', network_status: 'PENDING', org_path: 'c1.b2.', rooms: 1, area: 5_000 },
  ])
  t.equal((await tookBack(batch.batchNo)).state, 'ROLLED_BACK')
  const left = await admin.query(
    `select count(*)::int as open from reli.customers
      where customer_no like 'N%' and network_status <> 'CLOSED'`,
  )
  t.equal(left.rows[0].open, 0)
})

test('a file is of its template, or says in what it is not', async (t) => {
  const refusal = async (template: string, heading: string[], rows: unknown[][] = []) =>
    (await checked(template, await fileWith(heading, rows))).refusal
  const flags = ['用户编号', '控制标志', '是否设置', '备注']
  t.equal(await refusal('flags', ['用户编号', '控制标志', '备注'], [['1']]), '缺少「是否设置」列')
  t.equal(
    await refusal('flags', [...flags, '颜色'], [['1']]),
    '第 E 列「颜色」不是「控制标志」模板的列，请删除该列',
  )
  t.equal(await refusal('flags', [...flags, '备注'], [['1']]), '第 E 列「备注」重复，请只保留一列')
  t.equal(await refusal('flags', flags), '表头以下没有数据')
  t.equal(
    await refusal('flags', ['甲', '乙'], [['1', '2']]),
    '没有找到表头行，表头应有：用户编号、控制标志、是否设置、备注',
  )
  const stars = ['*用户编号', '控制标志（必填）', '是否 设置', '备注*', '错误原因']
  const fine = await checked(
    'flags',
    await fileWith(stars, [[no(3), '收费锁定', '√', '对', '旧错误']]),
  )
  t.match(fine, { state: 'CHECKED', badCount: 0 })
  const file = await get(cookie, `/v1/imports/${fine.importNo}/annotated.xlsx`)
  t.equal((await sheetOf(file.rawPayload)).getCell('E2').value, null, 'old sentences are gone')
})

test('what is no workbook is refused before it is kept', async (t) => {
  const why = async (bytes: Buffer) => (await send('flags', bytes)).json().message
  t.equal(
    await why(Buffer.from('用户编号,控制标志\n1,2')),
    '不是 Excel 工作簿，请上传 .xlsx 文件（CSV、WPS 表格请先另存为 .xlsx）',
  )
  t.equal(
    await why(Buffer.from('d0cf11e0a1b11ae1', 'hex')),
    '文件是旧版 .xls 格式或设了密码，请取消密码并另存为 .xlsx 后重新上传',
  )
  const cut = (await fileWith(['用户编号'], [['1']])).subarray(0, 300)
  t.equal(await why(cut), '文件已损坏，无法读取，请用 Excel 打开并另存后重新上传')
  const huge = await send('flags', Buffer.alloc(51 * 1024 * 1024, 'PK'))
  t.match([huge.statusCode, huge.json().message], [413, '文件超过 50 MB，请分成几个文件'])
  const none = await post(cookie, '/v1/imports/flags', {})
  t.equal(none.json().message, '请选择要上传的 Excel 文件')
  t.match((await send('gifts', cut)).json().message, /^「模板」只能是 .*arrears.* 之一$/)
})

test('acts on a file say why they are not possible', async (t) => {
  const heading = ['用户编号', '控制标志', '是否设置', '备注']
  const file = await checked('flags', await fileWith(heading, [[no(77), '收费锁定', '是', 'x']]))
  const act = async (name: string, payload: object = {}) =>
    (await post(cookie, `/v1/imports/${file.importNo}/${name}`, payload)).json()
  t.equal((await act('apply', { mode: 'good', reason: 'x' })).message, '文件中没有可以导入的行')
  t.equal(
    (await act('apply', { mode: 'half', reason: 'x' })).message,
    '「导入方式」只能是 all、good 之一',
  )
  t.equal((await act('apply', { mode: 'good', reason: '' })).message, '「原因」不能为空')
  t.equal((await act('apply', { reason: 'x' })).message, '缺少「导入方式」')
  t.equal((await act('check')).state, 'CHECKING')
  t.equal((await act('discard')).message, '该文件尚未检查完毕，或已导入、已作废')
  await work()
  t.equal((await act('discard')).state, 'DISCARDED')
  t.equal(
    (await act('apply', { mode: 'good', reason: 'x' })).message,
    '该文件尚未检查完毕，或已导入、已作废',
  )
  t.equal((await get(cookie, '/v1/imports/I20261120-9999')).json().message, '没有找到')
  t.equal((await get(cookie, '/v1/imports/7')).json().message, '「导入编号」格式不正确')
  t.match((await get(cookie, '/v1/imports?template=x')).json().message, /^「模板」只能是/)
  t.ok((await get(cookie, '/v1/imports?template=flags&limit=1')).json().next)
  const weak = await town.cookieOf('limin')
  t.equal((await sender(town, weak)('flags', Buffer.from('x'))).statusCode, 403)
  const west = await town.cookieOf('xiqu')
  const others = await get(west, `/v1/imports/${file.importNo}/annotated.xlsx`)
  t.equal(others.statusCode, 404, 'whoever sees less than the sender does not get the file')
})

test('every template can be taken away, filled in and sent', async (t) => {
  const listed = (await get(cookie, '/v1/imports/templates')).json()
  t.equal(listed.length, templates.length)
  for (const { name, title, columns } of templates) {
    const answer = await get(cookie, `/v1/imports/templates/${name}.xlsx`)
    const sheet = await sheetOf(answer.rawPayload, title)
    const heading = columns.map((_, at) => sheet.getCell(1, at + 1).value)
    t.same(
      heading,
      columns.map((column) => column.title),
    )
    const manual = await sheetOf(answer.rawPayload, '填写说明')
    t.equal(manual.rowCount, columns.length + 2)
  }
})
