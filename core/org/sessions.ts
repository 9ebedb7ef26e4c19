// Signing in and staying signed in. The cookie is an opaque random token, the database keeps its
// hash alone; a session ends by idleness, by age, by log-out, or at once when somebody kills it.
import { createHash, randomBytes } from 'node:crypto'
import type { Db } from '../db/db.ts'
import { type Scope, wholeCompanies } from '../db/scope.ts'
import { recordAct } from './audit.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import {
  clearFailures,
  countFailure,
  deleteEndedSessions,
  deleteSession,
  deleteSessionsOf,
  insertSession,
  liveSession,
  touchSession,
  userByLogin,
} from './sessions.sql.ts'

/** A person who is signed in, with the rows they may see. */
export interface SignedIn {
  companyId: string
  companyName: string
  bookingOn: string
  userId: string
  login: string
  name: string
  roles: readonly string[]
  scope: Scope
  endsAt: string
}

export interface Sessions {
  /** The token for the cookie; undefined when login and password do not open an account. */
  logIn(login: string, password: string, remoteIp: string): Promise<string | undefined>
  userOf(token: string): Promise<SignedIn | undefined>
  logOut(token: string, user: SignedIn): Promise<void>
  /** Ends every session of a person, from the next request on. */
  endAllOf(userId: string, by: SignedIn): Promise<number>
}

const allowedFailures = 5
const lockMinutes = 15
const idleMinutes = 30
const absoluteHours = 12
/** `seen_at` is written at most once in this time, so that reading pages does not write. */
const freshSeconds = 60
const tokenBytes = 32
const token = /^[A-Za-z0-9_-]{43}$/

export function openSessions(db: Db, companyId: string): Sessions {
  const company = wholeCompanies(companyId)
  // Somebody nobody knows costs the same time as somebody with a wrong password (reliability.md
  // A9).
  const decoy = hashPassword(randomBytes(tokenBytes).toString('base64'))

  const logIn: Sessions['logIn'] = async (login, password, remoteIp) => {
    const user = await db.read(company, (tx) => tx.maybe(userByLogin, [companyId, login]))
    const mayTry = user && !user.isDisabled && !user.isLocked
    const isRight = await verifyPassword(password, mayTry ? user.passwordHash : await decoy)
    const act = { companyId, actor: login, subject: user?.userId ?? 'unknown' }
    if (!mayTry || !isRight) {
      await db.tx(company, async (tx) => {
        const counted = mayTry
          ? await tx.one(countFailure, [companyId, user.userId, allowedFailures, lockMinutes])
          : undefined
        await recordAct(tx, { ...act, action: 'session.refused', after: { remoteIp, ...counted } })
      })
      return undefined
    }
    const fresh = randomBytes(tokenBytes).toString('base64url')
    await db.tx(company, async (tx) => {
      await tx.run(clearFailures, [companyId, user.userId])
      await tx.run(deleteEndedSessions, [companyId, idleMinutes])
      await tx.one(insertSession, [companyId, hash(fresh), user.userId, absoluteHours, remoteIp])
      await recordAct(tx, { ...act, action: 'session.started', after: { remoteIp } })
    })
    return fresh
  }

  const userOf: Sessions['userOf'] = async (given) => {
    if (!token.test(given)) return undefined
    const key = hash(given)
    const found = await db.read(company, (tx) =>
      tx.maybe(liveSession, [companyId, key, idleMinutes, freshSeconds]),
    )
    if (!found) return undefined
    const { isStale, orgPaths, ...user } = found
    if (isStale) await db.tx(company, (tx) => tx.run(touchSession, [companyId, key]))
    return { ...user, companyId, scope: { companies: [companyId], paths: orgPaths } }
  }

  const logOut: Sessions['logOut'] = (given, { login, userId }) =>
    db.tx(company, async (tx) => {
      await tx.run(deleteSession, [companyId, hash(given)])
      await recordAct(tx, { companyId, actor: login, action: 'session.ended', subject: userId })
    })

  const endAllOf: Sessions['endAllOf'] = (userId, by) =>
    db.tx(company, async (tx) => {
      const ended = await tx.run(deleteSessionsOf, [companyId, userId])
      const act = { companyId, actor: by.login, action: 'sessions.ended', subject: userId }
      await recordAct(tx, { ...act, after: { ended } })
      return ended
    })

  return { logIn, userOf, logOut, endAllOf }
}

const hash = (text: string) => createHash('sha256').update(text).digest()
