// The settings of a fep, one YAML file. What is wrong is said with file, path, reason and an
// example, before any port is opened.
import { readFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'

const Name = (title: string, example: string) =>
  Type.String({ title, pattern: '^[a-z0-9][a-z0-9-]{0,62}$', examples: [example] })
const Path = (title: string, example: string) =>
  Type.String({ title, minLength: 1, examples: [example] })
const Port = (title: string, example: number) =>
  Type.Integer({ title, minimum: 0, maximum: 65_535, examples: [example] })
const Host = (title: string) => Type.String({ title, minLength: 1, examples: ['0.0.0.0'] })
const Milliseconds = (title: string, example: number) =>
  Type.Integer({ title, minimum: 10, maximum: 3_600_000, examples: [example] })
const strict = { additionalProperties: false }

/** Limits of a connector that a site may tighten or widen without touching its code. */
const Overrides = Type.Object(
  {
    maxConnections: Type.Optional(
      Type.Integer({ title: '最大连接数', minimum: 1, maximum: 10_000, examples: [4] }),
    ),
    maxInFlight: Type.Optional(
      Type.Integer({ title: '单连接并发数', minimum: 1, maximum: 1000, examples: [8] }),
    ),
    frameWithinMs: Type.Optional(Milliseconds('报文接收时限（毫秒）', 30_000)),
    idleMs: Type.Optional(Milliseconds('空闲断开时限（毫秒）', 180_000)),
    queryMs: Type.Optional(Milliseconds('查询应答时限（毫秒）', 1000)),
    otherMs: Type.Optional(Milliseconds('其他应答时限（毫秒）', 5000)),
  },
  { ...strict, title: '限额调整' },
)

const Channel = Type.Object(
  {
    channel: Name('渠道', 'icbc'),
    company: Name('公司', 'demo'),
    connector: Name('连接器', 'icbc'),
    host: Host('监听地址'),
    port: Port('监听端口', 7101),
    allowFrom: Type.Array(
      Type.String({
        pattern: '^[0-9A-Fa-f.:]+(/\\d{1,3})?$',
        title: '银行前置机地址',
        examples: ['10.8.1.2'],
      }),
      { title: '允许接入的地址', minItems: 1, maxItems: 100, examples: [['10.8.1.0/24']] },
    ),
    config: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { title: '连接器参数', examples: [{}] }),
    ),
    overrides: Type.Optional(Overrides),
  },
  strict,
)

const FepFile = Type.Object(
  {
    name: Name('前置机名称', 'fep-1'),
    link: Type.Object(
      {
        host: Host('链路监听地址'),
        port: Port('链路监听端口', 7400),
        ca: Path('根证书文件', 'tls/ca.crt'),
        cert: Path('证书文件', 'tls/fep-1.crt'),
        key: Path('私钥文件', 'tls/fep-1.key'),
      },
      { ...strict, title: '与核心的链路' },
    ),
    journal: Type.Object(
      {
        folder: Path('流水文件夹', 'journal'),
        keepDays: Type.Optional(
          Type.Integer({ title: '流水保留天数', minimum: 35, maximum: 36_500, examples: [400] }),
        ),
      },
      { ...strict, title: '报文流水' },
    ),
    secrets: Path('密钥文件夹', 'secrets'),
    /** Holds `<connector>/connector.ts`; inside the product, for nothing else is readable. */
    connectors: Type.Optional(Path('连接器文件夹', 'connectors')),
    channels: Type.Array(Channel, { title: '渠道列表', minItems: 1, maxItems: 200 }),
  },
  strict,
)

export type FepConfig = Static<typeof FepFile>
export type ChannelConfig = Static<typeof Channel>
export type ChannelOverrides = Static<typeof Overrides>

/** Reads and checks a file; relative paths in it start at the file's own folder. */
export function readFepConfig(file: string): FepConfig {
  let yaml: unknown
  try {
    yaml = parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return withAbsolutePaths(checkFepConfig(yaml, file), resolve(file, '..'))
}

export function checkFepConfig(value: unknown, file: string): FepConfig {
  // «schema is false» is how an unwanted property is first reported; the next fault names it.
  const fault = Value.Errors(FepFile, value).find(({ keyword }) => keyword !== 'boolean')
  if (fault) throw new Error(explain(file, fault))
  const config = value as FepConfig
  const names = config.channels.map(({ channel }) => channel)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice) throw new Error(`${file}: /channels: channel «${twice}» stands there twice`)
  return config
}

interface Fault {
  instancePath: string
  message: string
  params: unknown
}

function explain(file: string, { instancePath, message, params }: Fault): string {
  const names = Object.values(params as object)
    .flat()
    .filter((name) => typeof name === 'string')
  const isAboutNames = message.includes('propert')
  const path = isAboutNames && names[0] ? `${instancePath}/${names[0]}` : instancePath || '/'
  const example = exampleAt(path)
  return `${file}: ${path}: ${message}${example ? `, for example ${example}` : ''}`
}

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
  examples?: unknown[]
}

function exampleAt(path: string): string | undefined {
  let at: Schema | undefined = FepFile as Schema
  for (const part of path.split('/').filter(Boolean)) {
    at = /^\d+$/.test(part) && at?.items ? at.items : at?.properties?.[part]
  }
  const [example] = at?.examples ?? []
  return example === undefined ? undefined : JSON.stringify(example)
}

function withAbsolutePaths(config: FepConfig, folder: string): FepConfig {
  const absolute = (path: string) => (isAbsolute(path) ? path : join(folder, path))
  const { link, journal } = config
  return {
    ...config,
    link: {
      ...link,
      ca: absolute(link.ca),
      cert: absolute(link.cert),
      key: absolute(link.key),
    },
    journal: { ...journal, folder: absolute(journal.folder) },
    secrets: absolute(config.secrets),
    ...(config.connectors && { connectors: absolute(config.connectors) }),
  }
}
