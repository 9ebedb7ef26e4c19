// 数据字典 (domain.md §3.3): the company's own values of each classification. A value is renamed or
// disabled, never deleted: customers and reports of the past still name it.
import type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { once } from '../http/idempotency.ts'
import { Problem } from '../http/problems.ts'
import { Instant, Nullable } from '../http/shapes.ts'
import { recordAct } from '../org/audit.ts'
import { mayKeepPlaces, mayLook } from '../org/roles.ts'
import type { SignedIn } from '../org/sessions.ts'
import * as sql from './dictionaries.sql.ts'
import { installDictionaries } from './dictionaries.ts'

const closed = { additionalProperties: false }
const Dictionary = Type.String({ title: '字典', pattern: '^[a-z][a-z0-9_]{0,31}$' })
const Code = Type.String({ title: '代码', pattern: '^[A-Z0-9][A-Z0-9_]{0,31}$' })
const Name = Type.String({ title: '名称', minLength: 1, maxLength: 20, pattern: '^\\S(.*\\S)?$' })
const Place = Type.Integer({ title: '顺序', minimum: 0, maximum: 999 })
const ReasonText = Type.String({ title: '原因', minLength: 1, maxLength: 100, pattern: '\\S' })

const ItemJson = Type.Object({
  code: Type.String(),
  name: Type.String(),
  place: Type.Integer(),
  disabledAt: Nullable(Instant),
})
const DictionaryJson = Type.Object({
  dictionary: Type.String(),
  name: Type.String(),
  many: Type.Boolean({ description: '一户可有多个取值' }),
  items: Type.Array(ItemJson),
})
export type DictionaryJson = Static<typeof DictionaryJson>

const NewDictionary = Type.Object(
  {
    dictionary: Dictionary,
    name: Name,
    many: Type.Optional(Type.Boolean({ title: '可多选' })),
    reason: ReasonText,
  },
  closed,
)
const NewItem = Type.Object(
  { code: Code, name: Name, place: Type.Optional(Place), reason: ReasonText },
  closed,
)
const ItemChange = Type.Object(
  {
    name: Type.Optional(Name),
    place: Type.Optional(Place),
    isDisabled: Type.Optional(Type.Boolean({ title: '停用' })),
    reason: ReasonText,
  },
  closed,
)
const JustReason = Type.Object({ reason: ReasonText }, closed)
const ByDictionary = Type.Object({ dictionary: Dictionary })
const ByItem = Type.Object({ dictionary: Dictionary, code: Code })
const All = Type.Array(DictionaryJson)

const tags = ['dictionaries']
const keep = { roles: mayKeepPlaces, scope: 'customers:write' as const }

export const dictionaryRoutes: Routes<{ db: Db }> = async (app, { db }) => {
  app.get(
    '/v1/dictionaries',
    {
      config: { roles: mayLook, scope: 'customers:read' },
      schema: { tags, summary: '数据字典', response: { 200: All } },
    },
    ({ user }) => db.read(user!.scope, (tx) => tx.many(sql.dictionariesOf, [user!.companyId])),
  )
  app.post(
    '/v1/dictionaries',
    {
      config: keep,
      schema: { tags, summary: '新建分类字典', body: NewDictionary, response: { 200: All } },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { companyId } = req.user!
          const { dictionary, name, many = false, reason } = req.body
          const added = await tx.maybe(sql.insertDictionary, [companyId, dictionary, name, many])
          if (!added) throw new Problem('dictionary.exists')
          const after = { name, many }
          await record(tx, req.user!, 'dictionary.opened', dictionary, { after, reason })
          return tx.many(sql.dictionariesOf, [companyId])
        }),
      ),
  )
  app.post(
    '/v1/dictionaries/standard',
    {
      config: keep,
      schema: { tags, summary: '补齐标准字典', body: JustReason, response: { 200: All } },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, async () => {
          const { companyId } = req.user!
          const added = await installDictionaries(tx, companyId)
          const { reason } = req.body
          await record(tx, req.user!, 'dictionary.installed', '', { after: { added }, reason })
          return tx.many(sql.dictionariesOf, [companyId])
        }),
      ),
  )
  itemRoutes(app, db)
}

type App = Parameters<typeof dictionaryRoutes>[0]

function itemRoutes(app: App, db: Db): void {
  app.post(
    '/v1/dictionaries/:dictionary/items',
    {
      config: keep,
      schema: {
        tags,
        summary: '增加字典取值',
        params: ByDictionary,
        body: NewItem,
        response: { 200: ItemJson },
      },
    },
    (req) =>
      db.tx(req.user!.scope, (tx) =>
        once(tx, req, () => addItem(tx, req.user!, req.params.dictionary, req.body)),
      ),
  )
  app.patch(
    '/v1/dictionaries/:dictionary/items/:code',
    {
      config: keep,
      schema: {
        tags,
        summary: '字典取值更名、排序、停用或恢复',
        params: ByItem,
        body: ItemChange,
        response: { 200: ItemJson },
      },
    },
    ({ user, params: { dictionary, code }, body }) =>
      db.tx(user!.scope, (tx) => changeItem(tx, user!, dictionary, code, body)),
  )
}

async function addItem(
  tx: Tx,
  user: SignedIn,
  dictionary: string,
  { code, name, place = 0, reason }: Static<typeof NewItem>,
) {
  const { companyId } = user
  const all = await tx.many(sql.dictionariesOf, [companyId])
  if (!all.some((each) => each.dictionary === dictionary)) throw new Problem('thing.not_found')
  const added = await tx.maybe(sql.insertItem, [companyId, dictionary, code, name, place])
  if (!added) throw new Problem('dictionary.exists')
  const after = { code, name, place, disabledAt: null }
  await record(tx, user, 'dictionary_item.opened', `${dictionary}/${code}`, { after, reason })
  return after
}

async function changeItem(
  tx: Tx,
  user: SignedIn,
  dictionary: string,
  code: string,
  { reason, ...change }: Static<typeof ItemChange>,
) {
  const { companyId } = user
  const before = await tx.maybe(sql.lockItem, [companyId, dictionary, code])
  if (!before) throw new Problem('thing.not_found')
  const isDisabled = change.isDisabled ?? before.disabledAt !== null
  const { name = before.name, place = before.place } = change
  const isSame =
    name === before.name && place === before.place && isDisabled === (before.disabledAt !== null)
  if (isSame) throw new Problem('dictionary.unchanged')
  const { isTaken } = await tx.one(sql.isItemName, [companyId, dictionary, code, name])
  if (isTaken) throw new Problem('dictionary.exists')
  const after = await tx.one(sql.updateItem, [companyId, dictionary, code, name, place, isDisabled])
  const subject = `${dictionary}/${code}`
  await record(tx, user, 'dictionary_item.changed', subject, { before, after, reason })
  return after
}

const record = (
  tx: Tx,
  { companyId, login }: SignedIn,
  action: string,
  subject: string,
  { reason, ...rest }: { before?: unknown; after: unknown; reason: string },
) => recordAct(tx, { companyId, actor: login, action, subject, ...rest, reason: reason.trim() })
