// The API with the test world behind it, asked as a signed-in person: one server and one database
// for a test file.
import type { FastifyInstance } from 'fastify'
import { type TestDb, testDb } from '../db/test-db.ts'
import { buildHttp } from '../http.ts'
import { ownHeader } from './guard.ts'
import { testStatus } from './test-status.ts'
import { fillTestWorld, password } from './test-world.ts'

/** What a route answered. */
export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came.
  body: any
}

/** A person of the test world, signed in. */
export interface Person {
  get(url: string): Promise<Answer>
  post(url: string, payload?: object, headers?: Record<string, string>): Promise<Answer>
  patch(url: string, payload: object): Promise<Answer>
}

export interface TestApi {
  world: TestDb
  app: FastifyInstance
  /** By login: limin, zhangwei, caiwu, changan, admin (core/http/test-world.ts). */
  as(login: string): Promise<Person>
  close(): Promise<void>
}

export async function testApi(): Promise<TestApi> {
  const world = await testDb()
  await fillTestWorld(world.adminUrl)
  const app = buildHttp({
    db: world.db,
    companyId: 'heat',
    consoleFolder: '/nowhere',
    isRehearsal: true,
    isSecure: true,
    liveStatus: testStatus,
    describe: () => Promise.resolve([]),
  })
  await app.ready()
  let guests = 0
  const as = async (login: string): Promise<Person> => {
    const opened = await app.inject({
      method: 'POST',
      url: '/v1/session',
      payload: { login, password },
      headers: { [ownHeader]: '1' },
      remoteAddress: `10.2.0.${++guests}`,
    })
    if (opened.statusCode !== 200) throw new Error(opened.body)
    const cookie = `${opened.cookies[0]!.name}=${opened.cookies[0]!.value}`
    const send = async (
      method: 'GET' | 'POST' | 'PATCH',
      url: string,
      payload?: object,
      more: Record<string, string> = {},
    ): Promise<Answer> => {
      const headers = { cookie, [ownHeader]: '1', ...more }
      const answer = await app.inject({ method, url, headers, ...(payload && { payload }) })
      return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() }
    }
    return {
      get: (url) => send('GET', url),
      post: (url, payload, headers) => send('POST', url, payload ?? {}, headers),
      patch: (url, payload) => send('PATCH', url, payload),
    }
  }
  const close = async () => {
    await app.close()
    await world.close()
  }
  return { world, app, as, close }
}
