// The settings of the processes of the inner network: hub, worker, and the demo that starts them
// all. One schema for each role; whatever is wrong is said at once with file, path, reason and an
// example, and nothing is started. (A fep stands alone in its zone: its own file is read by
// core/fep/config.ts.)
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Type, { type Static, type TObject } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'

const strict = { additionalProperties: false }
const Name = (example: string) =>
  Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', examples: [example] })
const Host = Type.String({ minLength: 1, maxLength: 253, examples: ['127.0.0.1'] })
const Port = (example: number) => Type.Integer({ minimum: 1, maximum: 65_535, examples: [example] })
/** Relative paths start at the folder of the settings file. */
const Path = (example: string) => Type.String({ minLength: 1, examples: [example] })

const Database = Type.Object(
  {
    /** One line: where the application connects as `reli_app`. Written by `reli migrate`. */
    urlFile: Path('secrets/database-url'),
    /** 64 hex digits that seal the scopes of transactions. Written by `reli migrate`. */
    scopeKeyFile: Path('secrets/scope-key'),
  },
  { ...strict, examples: [{ urlFile: 'secrets/database-url', scopeKeyFile: 'secrets/scope-key' }] },
)

const Fep = Type.Object(
  {
    /** The name in its certificate. */
    name: Name('fep-1'),
    host: Host,
    port: Port(7400),
    ca: Path('tls/ca.crt'),
    cert: Path('tls/hub-1.crt'),
    key: Path('tls/hub-1.key'),
  },
  strict,
)

const HubFile = Type.Object(
  {
    company: Name('c1'),
    name: Name('hub-1'),
    /** 演练环境: every page says so, and demo passwords are not complained about. */
    rehearsal: Type.Boolean({ examples: [false] }),
    database: Database,
    http: Type.Object(
      {
        host: Host,
        port: Port(8080),
        /** Whether browsers come by https, through a proxy in front. */
        secure: Type.Boolean({ examples: [true] }),
        trustedProxies: Type.Optional(Type.Array(Type.String(), { examples: [['10.0.0.5']] })),
      },
      { ...strict, examples: [{ host: '127.0.0.1', port: 8080, secure: true }] },
    ),
    feps: Type.Array(Fep, { minItems: 1, maxItems: 20, examples: [[]] }),
  },
  strict,
)
export type HubSettings = Static<typeof HubFile>

/** Where the statement files of one channel arrive, and the settings that they must name. */
const Statements = Type.Object(
  {
    channel: Name('icbc'),
    connector: Name('icbc'),
    config: Type.Record(Type.String(), Type.Unknown(), { examples: [{}] }),
    /** Holds `in`, `bak` and `err`: on this machine, or with `sftp` on that server. */
    folder: Path('sftp/recon/icbc'),
    sftp: Type.Optional(
      Type.Object(
        {
          host: Host,
          port: Port(22),
          user: Type.String({ minLength: 1, maxLength: 64, examples: ['icbc'] }),
          keyFile: Path('secrets/sftp/icbc'),
          /** `SHA256:…` of the server's host key, as `ssh-keygen -lf` prints it. */
          hostKey: Type.String({ pattern: '^SHA256:[A-Za-z0-9+/]{43}$', examples: ['SHA256:…'] }),
        },
        strict,
      ),
    ),
  },
  strict,
)

const WorkerFile = Type.Object(
  {
    company: Name('c1'),
    name: Name('worker-1'),
    database: Database,
    statements: Type.Array(Statements, { maxItems: 100, examples: [[]] }),
  },
  strict,
)
export type WorkerSettings = Static<typeof WorkerFile>

const DemoFile = Type.Object(
  {
    /** Everything that is made at run time: database, keys, logs, statement files. */
    folder: Path('../var'),
    households: Type.Integer({ minimum: 1, maximum: 2_000_000, examples: [3_000] }),
    /** False: the banks' ports are left to whoever plays the banks. */
    mockBanks: Type.Optional(Type.Boolean({ examples: [true] })),
    ports: Type.Object(
      {
        console: Port(8080),
        database: Port(15_432),
        link: Port(7400),
        icbc: Port(7101),
        rcu: Port(7103),
        sftp: Port(7122),
      },
      strict,
    ),
  },
  strict,
)
export type DemoSettings = Static<typeof DemoFile>

/** What is wrong with a settings file, in words for the person who wrote it. */
export class BadSettings extends Error {
  override readonly name = 'BadSettings'
}

export const readHubSettings = (file: string): HubSettings => {
  const { absolute, settings } = read<HubSettings>(HubFile, file)
  return {
    ...settings,
    database: databaseIn(settings, absolute),
    feps: settings.feps.map((fep) => ({
      ...fep,
      ca: absolute(fep.ca),
      cert: absolute(fep.cert),
      key: absolute(fep.key),
    })),
  }
}

export const readWorkerSettings = (file: string): WorkerSettings => {
  const { absolute, settings } = read<WorkerSettings>(WorkerFile, file)
  return {
    ...settings,
    database: databaseIn(settings, absolute),
    statements: settings.statements.map(({ sftp, folder, ...source }) => ({
      ...source,
      ...(sftp
        ? { folder, sftp: { ...sftp, keyFile: absolute(sftp.keyFile) } }
        : { folder: absolute(folder) }),
    })),
  }
}

export const readDemoSettings = (file: string): DemoSettings => {
  const { absolute, settings } = read<DemoSettings>(DemoFile, file)
  return { ...settings, folder: absolute(settings.folder) }
}

const databaseIn = ({ database }: { database: Static<typeof Database> }, absolute: Absolute) => ({
  urlFile: absolute(database.urlFile),
  scopeKeyFile: absolute(database.scopeKeyFile),
})

type Absolute = (path: string) => string

function read<T>(schema: TObject, file: string): { settings: T; absolute: Absolute } {
  const value = parsed(file)
  const [fault] = Value.Errors(schema, value)
  if (fault) throw new BadSettings(explain(schema, file, fault))
  const folder = dirname(resolve(file))
  return { settings: value as T, absolute: (path) => resolve(folder, path) }
}

function parsed(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new BadSettings(`配置文件不存在：${file}。示例见 config/ 目录`)
    throw new BadSettings(`配置文件 ${file} 不能读取：${message}`)
  }
}

interface Fault {
  instancePath: string
  message: string
  params: unknown
}

/** File, path, reason, example: all in one message. */
function explain(schema: TObject, file: string, { instancePath, message, params }: Fault): string {
  const names = Object.values(params as object).flat()
  // «must have required properties …» names the missing ones beside the path of their parent.
  const name = /propert/.test(message) ? names.find((each) => typeof each === 'string') : undefined
  const path = `${instancePath}${name === undefined ? '' : `/${name}`}` || '/'
  const example = exampleAt(schema, path)
  const hint = example === undefined ? '' : `。示例：${JSON.stringify(example)}`
  return `配置文件 ${file} 第 ${path} 项有误：${message}${hint}`
}

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
  examples?: unknown[]
}

function exampleAt(schema: Schema, path: string): unknown {
  let at: Schema | undefined = schema
  for (const part of path.split('/').filter(Boolean)) {
    at = /^\d+$/.test(part) ? at?.items : at?.properties?.[part]
  }
  return at?.examples?.[0]
}
