// Everything a demo needs below its folder before the first process starts: certificates of the
// link, the partners' test secrets, the settings files that the processes read in production too.
// What is there is kept; secrets are files of their own with mode 0600.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Connector } from '@reli/sdk'
import { stringify } from 'yaml'
import type { DemoSettings, HubSettings, WorkerSettings } from '../config.ts'
import type { FepConfig } from '../fep/config.ts'
import { makeCertificates } from '../link/certificates.ts'
import { demoChannels } from '../seed/channels.ts'
import { company } from '../seed/city.ts'
import { loadConnector, vectorsOf } from './connectors.ts'
import { databaseFiles, keepSecret } from './secrets.ts'
import { prepareSftp, type SftpKeys } from './sftp.ts'

const fepName = 'fep-1'
const hubName = 'hub-1'

export interface Demo {
  settings: DemoSettings
  /** Folders below the demo's own. */
  at: {
    secrets: string
    config: string
    logs: string
    pids: string
    postgres: string
    journal: string
    tls: string
    sftp: string
    books: string
  }
  hubFile: string
  workerFile: string
  fepFile: string
  sftp: SftpKeys
}

export async function prepare(settings: DemoSettings): Promise<Demo> {
  const at = foldersBelow(settings.folder)
  for (const folder of [settings.folder, at.config, at.logs, at.pids, at.journal, at.books]) {
    mkdirSync(folder, { recursive: true })
  }
  mkdirSync(at.secrets, { recursive: true, mode: 0o700 })
  if (!existsSync(join(at.tls, `${hubName}.crt`))) {
    await makeCertificates({ folder: at.tls, feps: [fepName], hubs: [hubName] })
  }
  const sftp = prepareSftp(at)
  const fep = await fepConfig(settings, at)
  const hubFile = writeYaml(at.config, 'hub.yaml', hubSettings(settings, at))
  const workerFile = writeYaml(at.config, 'worker.yaml', workerSettings(settings, at, fep, sftp))
  return { settings, at, hubFile, workerFile, fepFile: writeYaml(at.config, 'fep.yaml', fep), sftp }
}

const foldersBelow = (folder: string): Demo['at'] => ({
  secrets: join(folder, 'secrets'),
  config: join(folder, 'config'),
  logs: join(folder, 'logs'),
  pids: join(folder, 'run'),
  postgres: join(folder, 'postgres'),
  journal: join(folder, 'journal'),
  tls: join(folder, 'secrets', 'tls'),
  sftp: join(folder, 'sftp'),
  books: join(folder, 'mock-banks'),
})

const loopback = '127.0.0.1'

function hubSettings({ ports }: DemoSettings, at: Demo['at']): HubSettings {
  const pem = (name: string) => join(at.tls, name)
  return {
    company: company.companyId,
    name: hubName,
    rehearsal: true,
    database: databaseFiles(at.secrets),
    http: { host: loopback, port: ports.console, secure: false },
    feps: [
      {
        name: fepName,
        host: loopback,
        port: ports.link,
        ca: pem('ca.crt'),
        cert: pem(`${hubName}.crt`),
        key: pem(`${hubName}.key`),
      },
    ],
  }
}

const workerSettings = (
  { ports }: DemoSettings,
  at: Demo['at'],
  fep: FepConfig,
  { hostKey, worker }: SftpKeys,
): WorkerSettings => ({
  company: company.companyId,
  name: 'worker-1',
  database: databaseFiles(at.secrets),
  statements: fep.channels.map(({ channel, connector, config = {} }) => ({
    channel,
    connector,
    config,
    folder: `/${channel}`,
    sftp: { host: loopback, port: ports.sftp, ...worker, hostKey },
  })),
})

async function fepConfig({ ports }: DemoSettings, at: Demo['at']): Promise<FepConfig> {
  const channels: FepConfig['channels'] = []
  for (const { channelId, connector } of demoChannels) {
    const agreed = testParameters(connector)
    const { config, secrets } = await loadConnector(connector)
    keepSecrets(join(at.secrets, channelId), secrets, agreed)
    channels.push({
      channel: channelId,
      company: company.companyId,
      connector,
      host: loopback,
      port: ports[channelId as 'icbc' | 'rcu'],
      allowFrom: [loopback],
      config: configFrom(config, agreed),
    })
  }
  const pem = (name: string) => join(at.tls, name)
  return {
    name: fepName,
    link: {
      host: loopback,
      port: ports.link,
      ca: pem('ca.crt'),
      cert: pem(`${fepName}.crt`),
      key: pem(`${fepName}.key`),
    },
    journal: { folder: at.journal },
    secrets: at.secrets,
    channels,
  }
}

type Agreed = Record<string, unknown>

/** The paper's §8, as the vectors carry it. */
function testParameters(connector: string): Agreed {
  const vectors = JSON.parse(readFileSync(vectorsOf(connector), 'utf8'))
  return vectors.test_parameters as Agreed
}

/** `orgId` of the settings form is `org_id` of the paper. */
function configFrom(schema: Connector['config'], agreed: Agreed): Record<string, unknown> {
  const names = Object.keys(schema.properties)
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = agreed[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function keepSecrets(folder: string, declared: Connector['secrets'], agreed: Agreed): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of Object.keys(declared)) {
    keepSecret(join(folder, name), () => String(agreed[name.toLowerCase()]))
  }
}

function writeYaml(folder: string, name: string, value: object): string {
  const file = join(folder, name)
  const head = '# 由 npm start 生成，每次启动重写。生产环境的示例见 config/ 目录。\n'
  writeFileSync(file, head + stringify(value))
  return file
}
