// The house rules a machine can check (design.md §2, style.md). A rule that is not here is advice.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'tap'
import ts from 'typescript'

interface Source {
  file: string
  text: string
  isTest: boolean
}

const folders = '{sdk,core,connectors,mock-banks,bench,scripts}'
const isOurs = (file: string) => !/(^|\/)(node_modules|dist)\//.test(file)
const sources: Source[] = [...globSync(`${folders}/**/*.{ts,tsx,mjs}`), ...globSync('*.ts')]
  .filter(isOurs)
  .sort()
  .map((file) => ({ file, text: readFileSync(file, 'utf8'), isTest: isTestFile(file) }))
const production = sources.filter(({ isTest }) => !isTest)

/** Tests, and what only tests use. */
function isTestFile(file: string): boolean {
  return /\.test\.tsx?$|(^|\/)test-[^/]*\.ts$|(^|\/)(e2e|testing)\/|^bench\//.test(file)
}

/** `core/db`, `connectors/icbc`, `mock-banks`; a file directly in `core` is a room of its own. */
function roomOf(file: string): string {
  const [first, second = ''] = file.split('/')
  if (first === 'core' && second === 'web') return 'core/web'
  return first === 'core' || first === 'connectors' ? `${first}/${second}` : first!
}

/** Besides the SDK and its own files. What puts everything together may import everything. */
const mayImport: Record<string, readonly string[] | 'everything'> = {
  sdk: [],
  'core/db': [],
  'core/ledger': ['core/db'],
  'core/billing': ['core/ledger', 'core/db', 'core/org', 'core/http'],
  'core/calc': ['core/billing'],
  'core/http': ['core/db', 'core/org'],
  'core/org': ['core/db', 'core/http'],
  'core/collection': ['core/billing', 'core/ledger', 'core/db', 'core/org', 'core/http'],
  'core/excel': [],
  'core/exports': [
    'core/excel',
    'core/collection',
    'core/billing',
    'core/db',
    'core/org',
    'core/http',
  ],
  'core/imports': ['core/excel', 'core/billing', 'core/db', 'core/org', 'core/http'],
  'core/hub': [
    'core/collection',
    'core/billing',
    'core/ledger',
    'core/db',
    'core/org',
    'core/link',
  ],
  'core/jobs': [
    'core/hub',
    'core/imports',
    'core/collection',
    'core/billing',
    'core/ledger',
    'core/db',
    'core/wire',
  ],
  'core/wire': [],
  'core/link': [],
  'core/fep': ['core/wire', 'core/link'],
  'core/http.ts': [
    'core/http',
    'core/exports',
    'core/imports',
    'core/billing',
    'core/collection',
    'core/org',
    'core/db',
  ],
  'core/config.ts': [],
  'core/seed': ['core/billing', 'core/ledger', 'core/db', 'core/org'],
  'core/web': [],
  'core/bin': [],
  'core/cli': 'everything',
  'core/start': 'everything',
  'core/main.ts': 'everything',
  scripts: 'everything',
}

const longestFunction = 70

/** Who speaks SQL outside named queries, and why. */
const sqlElsewhere: Record<string, string> = {
  'core/db/db.ts': 'begins and ends transactions',
  'core/db/migrate.ts': 'prepares roles before anything named exists',
  'core/db/dump.ts': 'reads the catalogue to write schema.sql',
  'core/cli/database-checks.ts': 'asks a server about itself, whatever its schema',
}

/** Queries, routes and pages are named by their noun and their role. */
const saysEnough = (file: string) => /\.(sql|routes)\.ts$|\.tsx$/.test(file)

/** Written in pieces, so that this file does not break its own rule. */
const words = (...pieces: string[]) => new RegExp(`\\b(${pieces.join('|')})\\b`)

interface Import {
  from: string
  isType: boolean
}

function importsOf({ text }: Source): Import[] {
  const named = /^(?:import|export)(\s+type)?\s[^'";]*?from\s+'([^']+)'/gms
  const bare = /^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm
  return [
    ...[...text.matchAll(named)].map(([, type, from]) => ({ from: from!, isType: !!type })),
    ...[...text.matchAll(bare)].map(([, at, later]) => ({ from: (at ?? later)!, isType: false })),
  ]
}

test('rooms import what the drawing allows', (t) => {
  const broken: string[] = []
  for (const source of production) {
    for (const each of importsOf(source)) {
      if (!isAllowed(source.file, each)) broken.push(`${source.file} imports ${each.from}`)
    }
  }
  t.same(broken, [])
  t.end()
})

function isAllowed(file: string, { from, isType }: Import): boolean {
  const room = roomOf(file)
  if (!from.startsWith('.')) return isPackageAllowed(room, from)
  const target = normalize(join(dirname(file), from))
  const to = roomOf(target)
  if (target === 'core/main.ts') return false
  if (to === room) return true
  if (room === 'core/web') return isType && to.startsWith('core/')
  if (room === 'mock-banks') return /^connectors\/[^/]+\/(codec|statement)\.ts$/.test(target)
  if (room.startsWith('connectors/')) return false
  const allowed = mayImport[room]
  return allowed === 'everything' || (allowed?.includes(to) ?? false)
}

function isPackageAllowed(room: string, name: string): boolean {
  // Pure: no socket, file, clock or randomness (design.md §5).
  if (room.startsWith('connectors/')) return /^(@reli\/sdk(\/\w+)?|typebox)$/.test(name)
  if (room === 'sdk') return /^(node:|typebox|iconv-lite$)/.test(name)
  // No database in the less trusted zone.
  if (room === 'core/fep' || room === 'core/link' || room === 'core/wire') return name !== 'pg'
  return true
}

test('files, lines and functions stay small', (t) => {
  const broken: string[] = []
  for (const { file, text, isTest } of sources) {
    const lines = text.trimEnd().split('\n')
    const most = file === 'core/main.ts' ? 120 : isTest ? 600 : 400
    if (lines.length > most) broken.push(`${file}: ${lines.length} lines, at most ${most}`)
    for (const [at, line] of lines.entries()) {
      if ([...line].length > 100) broken.push(`${file}:${at + 1}: a line of ${line.length}`)
    }
    if (!isTest) broken.push(...longFunctions(file, text))
  }
  t.same(broken, [])
  t.end()
})

function longFunctions(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const long: string[] = []
  const lineAt = (place: number) => source.getLineAndCharacterOfPosition(place).line + 1
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const from = lineAt(node.getStart())
      const lines = lineAt(node.end) - from + 1
      if (lines > longestFunction) long.push(`${file}:${from}: a function of ${lines} lines`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return long
}

test('nothing is unfinished, skipped or printed in passing', (t) => {
  const unfinished = words('TO' + 'DO', 'FIX' + 'ME', 'HACK', 'XXX')
  const skipped = /\b(test|t|it|describe)\.(skip|todo|only)\(/
  const printed = /\bconsole\.(log|error|warn|info|debug)\(/
  const printsForPeople = (file: string) => file.startsWith('scripts/') || file.startsWith('bench/')
  const broken = sources
    .filter(({ file }) => file !== 'tidy.test.ts')
    .filter(
      ({ file, text }) =>
        unfinished.test(text) ||
        skipped.test(text) ||
        (printed.test(text) && !printsForPeople(file)),
    )
    .map(({ file }) => file)
  t.same(broken, [])
  t.end()
})

test('SQL stands in named queries and migrations', (t) => {
  const isSql =
    /\bselect\b[\s\S]{1,2000}?\bfrom\b|\binsert into\b|\bupdate \w[\w.]* set\b|\bdelete from\b/i
  const broken = production
    .filter(({ file }) => !file.endsWith('.sql.ts') && !(file in sqlElsewhere))
    .flatMap(({ file, text }) => textsOf(file, text).map((literal) => ({ file, literal })))
    .filter(({ literal }) => isSql.test(literal))
    .map(({ file, literal }) => `${file}: ${literal.trim().slice(0, 60)}`)
  t.same(broken, [])
  t.end()
})

/** The string literals of a file: comments may speak of anything. */
function textsOf(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false)
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.push(node.text)
    if (ts.isTemplateExpression(node)) texts.push(text.slice(node.pos, node.end))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return texts
}

test('no store-room, and no file that does not say what it is for', (t) => {
  const broken = production.flatMap(({ file, text }) => {
    const faults: string[] = []
    if (/(^|\/)(utils?|helpers?|common|misc)(\/|\.|$)|(^|\/)types\.ts$/.test(file)) {
      faults.push(`${file}: a name that says nothing`)
    }
    if (!saysEnough(file) && !/^(#!.*\n)?\/\//.test(text))
      faults.push(`${file}: opens without saying what it is for`)
    return faults
  })
  t.same(broken, [])
  t.end()
})

test('nothing names a developer’s machine', (t) => {
  const pattern = /(^|[\s'"`(])\/(home|Users|work)\/\w|\bfile:\/\/\/(home|Users|work)\//m
  const texts = [
    ...globSync('**/*.{ts,tsx,mjs,md,yaml,yml,sql,json}', { exclude: ['node_modules', 'var'] }),
  ].filter((file) => isOurs(file) && !file.startsWith('var/') && !file.startsWith('.tap/'))
  t.same(
    texts.filter((file) => pattern.test(readFileSync(file, 'utf8'))),
    [],
  )
  t.end()
})

test('every production dependency is accounted for in a decision record', (t) => {
  const records = existsSync('docs/adr') ? readdirSync('docs/adr') : []
  const text = records.map((file) => readFileSync(join('docs/adr', file), 'utf8')).join('\n')
  const names = globSync('{sdk,core,connectors,mock-banks}/package.json').flatMap((file) => {
    const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8'))
    return Object.keys(dependencies).filter((name) => !name.startsWith('@reli/'))
  })
  const silent = [...new Set(names)].filter((name) => !text.includes(name))
  t.same(records.length === 0 ? [] : silent, [])
  t.end()
})
