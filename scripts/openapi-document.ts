// The API's document without a database: routes are registered, nothing is ever asked.
import { buildHttp } from '../core/http.ts'

export const documentFile = new URL('../docs/api/openapi.json', import.meta.url)

export async function openApiDocument(): Promise<Record<string, unknown>> {
  const app = buildHttp({
    db: { tx: never, read: never, close: async () => {} },
    companyId: 'none',
    consoleFolder: '/nowhere',
    isRehearsal: false,
    isSecure: true,
    liveStatus: () => [],
    describe: never,
  })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document as unknown as Record<string, unknown>
}

export const textOf = (document: object): string => `${JSON.stringify(document, null, 2)}\n`

const never = (): never => {
  throw new Error('the document needs no database')
}
