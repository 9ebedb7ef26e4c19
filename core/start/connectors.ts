// Finds a connector and its statement file by the connector's name: one folder a partner.
import { join } from 'node:path'
import type { Connector } from '@reli/sdk'
import type { StatementSpec } from '@reli/sdk/codec'

export const repository = join(import.meta.dirname, '../..')

const folderOf = (connector: string) => join(repository, 'connectors', connector)

export async function loadConnector(connector: string): Promise<Connector> {
  const module = await import(join(folderOf(connector), 'connector.ts'))
  return module.default as Connector
}

export async function loadStatement(connector: string): Promise<StatementSpec> {
  const module = await import(join(folderOf(connector), 'statement.ts'))
  return module.statement as StatementSpec
}

/** The paper's test parameters and vectors. */
export const vectorsOf = (connector: string): string =>
  join(folderOf(connector), 'vectors', `${connector}.json`)
