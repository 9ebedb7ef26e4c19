// The console in a real browser against the real API and database: what a person does in a morning,
// by keyboard, with not one error in the browser's console. With RELI_SCREENSHOTS=1 it also writes
// the pictures of docs/screenshots.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import tap, { test } from 'tap'
import { build } from 'vite'
import { testDb } from '../../db/test-db.ts'
import { theSerial, today } from '../../http/test-names.ts'
import { testStatus } from '../../http/test-status.ts'
import { fillTestWorld, password } from '../../http/test-world.ts'
import { buildHttp } from '../../http.ts'

const pictures = new URL('../../../docs/screenshots/', import.meta.url).pathname
const flags = [
  '--lang=zh-CN',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A build, a database, a browser, and a wait for a stream that was cut on purpose. */
tap.setTimeout(180_000)

const consoleFolder = mkdtempSync(join(tmpdir(), 'reli-console-'))
await build({
  configFile: new URL('vite.config.ts', import.meta.url).pathname,
  logLevel: 'error',
  build: { outDir: consoleFolder, emptyOutDir: true },
})
const world = await testDb()
await fillTestWorld(world.adminUrl)
const hub = () =>
  buildHttp({
    db: world.db,
    companyId: 'heat',
    consoleFolder,
    isRehearsal: true,
    isSecure: false,
    liveStatus: testStatus,
    describe: async (_, bytes, direction) => describeTestMessage(bytes, direction),
  })
let app = hub()
const address = await app.listen({ port: 0, host: '127.0.0.1' })
const browser: Browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: flags,
  // The browser's own words, as in a date field, follow the system's language (chromium-l10n).
  env: { ...process.env, LANGUAGE: 'zh_CN' },
})
const context = await browser.newContext({
  viewport: { width: 1366, height: 900 },
  locale: 'zh-CN',
  timezoneId: 'America/New_York',
})
const page = await context.newPage()
page.setDefaultTimeout(15_000)
const troubles: string[] = []
page.on('console', (message) => {
  if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text())
})
page.on('pageerror', (error) => troubles.push(String(error)))

/** A connector's reading of the two messages of the test world. */
function describeTestMessage(bytes: Uint8Array, direction: 'in' | 'out') {
  const text = (from: number, to: number) =>
    new TextDecoder('gb18030').decode(bytes.subarray(from, to)).trim()
  const head = [
    { path: 'code', label: '交易码', value: `${text(0, 4)} 缴费` },
    { path: 'date', label: '账务日期', value: text(4, 12) },
    { path: 'outlet', label: '网点号', value: text(12, 16) },
    { path: 'teller', label: '柜员号', value: text(16, 20) },
    { path: 'serial', label: '主机流水', value: text(20, 31) },
  ]
  return direction === 'in'
    ? [
        ...head,
        { path: 'userNo', label: '用户编号', value: text(31, 51) },
        { path: 'amount', label: '缴费金额', value: text(51, 64) },
        { path: 'mac', label: '校验码', value: '********' },
      ]
    : [
        ...head,
        { path: 'result', label: '应答码', value: text(31, 35) },
        { path: 'message', label: '应答信息', value: text(35, 47) },
        { path: 'name', label: '户名', value: text(47, 67) },
        { path: 'address', label: '地址', value: text(67, 93) },
        { path: 'receiptNo', label: '收据号', value: text(93, 110) },
      ]
}

async function picture(name: string): Promise<void> {
  if (process.env.RELI_SCREENSHOTS) {
    await page.screenshot({ path: `${pictures}${name}.png`, animations: 'disabled' })
  }
}

const countOf = (where: Page) => where.getByTestId('paid-count').innerText()

test('the log-in page takes the keyboard at once and says why not', async (t) => {
  await page.goto(address)
  await page.waitForURL('**/log-in')
  await page.locator('#login:focus').waitFor()
  await page.locator('.rehearsal').waitFor()
  await picture('log-in')
  await page.keyboard.type('limin')
  await page.keyboard.press('Tab')
  await page.keyboard.type('wrong')
  await page.keyboard.press('Enter')
  await page.getByText('账号或密码不正确').waitFor()
  t.match(troubles.splice(0), [/401/], 'the browser reports the refusal and nothing else')
  await page.locator('#password').focus()
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/wall')
})

test('the wall shows every bank by shape, word and figures, and goes on by itself', async (t) => {
  await page.locator('.tile').first().waitFor()
  t.match(await page.locator('.rehearsal').innerText(), '演练环境')
  const states = await page
    .locator('.tile')
    .evaluateAll((tiles) =>
      tiles.map(
        (tile) => `${tile.getAttribute('data-channel')} ${tile.getAttribute('data-state')}`,
      ),
    )
  t.same(states, ['abc slow', 'ccb normal', 'icbc normal', 'psbc stopped', 'rcu down'])
  t.equal(await countOf(page), '42 笔')
  t.notMatch(await page.content(), '王建国')
  await picture('wall')
  const clock = page.locator('.totals dd').first()
  const before = await clock.innerText()
  await page.waitForFunction(
    (was) => document.querySelector('.totals dd')?.textContent !== was,
    before,
  )
})

test('a bank is stopped with a reason and the tile says so within seconds', async () => {
  await page.locator('[data-channel=icbc]').click()
  await page.getByLabel('原因').fill('线路割接')
  await page.locator('.switch button:enabled').waitFor()
  await picture('channel')
  await page.keyboard.press('Enter')
  await page.locator('[data-channel=icbc][data-state=stopped]').waitFor()
  await page.getByText('李敏：线路割接').waitFor()
  await page.locator('[data-channel=icbc]').click()
  await page.getByLabel('原因').fill('割接完成')
  await page.keyboard.press('Enter')
  await page.locator('[data-channel=icbc][data-state=normal]').waitFor()
})

test('F turns the page into a wall and back', async (t) => {
  await page.setViewportSize({ width: 1920, height: 1080 })
  await page.keyboard.press('f')
  await page.locator('html.wall-mode').waitFor()
  t.equal(await page.locator('.menu').isVisible(), false)
  await picture('wall-mode')
  await page.keyboard.press('f')
  await page.locator('.menu').waitFor()
  await page.setViewportSize({ width: 1366, height: 900 })
})

test('a stalled stream is announced within 15 seconds and recovers without a reload', async (t) => {
  const { port } = new URL(address)
  await page.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  await app.close()
  const stoppedAt = performance.now()
  await page.getByText('数据已停更').waitFor()
  t.ok(performance.now() - stoppedAt < 15_000)
  await picture('wall-stale')
  app = hub()
  await app.listen({ port: Number(port), host: '127.0.0.1' })
  await page.getByText('数据已停更').waitFor({ state: 'detached', timeout: 20_000 })
  t.equal(await page.evaluate(() => 'notReloaded' in globalThis), true)
  t.same(
    troubles.splice(0).filter((text) => !/ERR_|Failed to load/.test(text)),
    [],
  )
})

test('payments are found and walked by keyboard; Enter opens the operation', async (t) => {
  await page.getByRole('link', { name: '代收流水' }).click()
  await page.locator('.table tbody tr').nth(40).waitFor()
  await picture('payments')
  await page.getByLabel('用户编号').fill('10000')
  await page.keyboard.press('Enter')
  await page.waitForURL('**customerNo=10000')
  await page.getByText('已载入 6 笔').waitFor()
  await page.locator('.table tbody tr').first().focus()
  await page.keyboard.press('End')
  await page.keyboard.press('Home')
  t.equal(await page.evaluate(() => (document.activeElement as HTMLTableRowElement).rowIndex), 1)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/operations/ccb/${today}/${theSerial}`)
})

test('the operation shows bytes, meaning, postings, outcome and bytes again', async (t) => {
  await page.getByText('凭证 1001').first().waitFor()
  const text = await page.locator('#content').innerText()
  for (const part of [
    '收到的报文',
    '规范输入',
    '待清算 建设银行',
    '应收热费',
    'H1001',
    '发出的报文',
    '¥2,123.00',
    '王**国',
  ]) {
    t.match(text, part)
  }
  t.notMatch(text, '王建国')
  t.match(await page.getByLabel('收到的字节').innerText(), /0000\s+37 37 37 33 32 30/)
  await picture('operation')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.locator('html[data-theme=dark]').waitFor()
  await picture('operation-dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.getByRole('button', { name: '复制交易键' }).click()
  await page.getByText('已复制').waitFor()
})

test('exceptions show both sides; notices are read', async (t) => {
  await page.getByRole('link', { name: '差错处理' }).click()
  await page.locator('.table tbody tr').nth(4).waitFor()
  t.match(await page.locator('.table tbody tr').first().innerText(), '银行多')
  await picture('exceptions')
  await page.getByRole('link', { name: '通知' }).click()
  await page.getByRole('button', { name: '标为已读' }).first().click()
  await page.getByText('limin 已读').waitFor()
  await picture('notices')
})

test('each page needs at most 350 KB of script, and the browser has no complaint', async (t) => {
  for (const path of ['/log-in', '/wall', '/payments', `/operations/ccb/${today}/${theSerial}`]) {
    const fresh = await context.newPage()
    await fresh.goto(address + path)
    await fresh.waitForLoadState('load')
    const bytes = await fresh.evaluate(async () => {
      const scripts = performance
        .getEntriesByType('resource')
        .filter(({ name }) => /\.js$/.test(name))
      const sizes = scripts.map(async ({ name }) => {
        const body = (await fetch(name)).body!.pipeThrough(new CompressionStream('gzip'))
        return (await new Response(body).arrayBuffer()).byteLength
      })
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    })
    t.ok(bytes > 50_000 && bytes < 350 * 1024, `${path}: ${Math.round(bytes / 1024)} KB`)
    await fresh.close()
  }
  t.same(troubles, [])
})

test('logging out ends it', async (t) => {
  await page.getByRole('button', { name: '退出' }).click()
  await page.waitForURL('**/log-in')
  const answer = await context.request.get(`${address}/v1/wall`)
  t.equal(answer.status(), 401)
})

test('everything is let go', async () => {
  await browser.close()
  await app.close()
  await world.close()
  rmSync(consoleFolder, { recursive: true })
})
