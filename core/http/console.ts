// The built console, served by the same origin as the API. Hashed assets are kept for a year, the
// page itself is never kept: it carries the nonce of this very answer, and the newest asset names.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from './problems.ts'

/** What stands in index.html where the style nonce goes. */
const placeholder = '__STYLE_NONCE__'

export function serveConsole(app: FastifyInstance, folder: string): void {
  const page = join(folder, 'index.html')
  const html = existsSync(page) ? readFileSync(page, 'utf8') : undefined

  const sendPage = (req: FastifyRequest, reply: FastifyReply) => {
    const wantsPage = req.method === 'GET' && req.headers.accept?.includes('text/html')
    const isPage = !/^\/(v1|assets)(\/|$)/.test(req.url)
    if (!html || !wantsPage || !isPage) throw new Problem('thing.not_found')
    return reply
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(placeholder, reply.cspNonce.style))
  }
  // Every path of the console's own router is the same page.
  app.get('/', sendPage)
  app.setNotFoundHandler(sendPage)
  if (!html) return
  app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: '365d',
    decorateReply: false,
  })
}
