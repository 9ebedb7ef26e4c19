// Finds customers by whatever is on a person's tongue or paper. Each word must match; an exact
// number comes first, then what begins with the word, then what holds it. Every step reads a
// bounded piece of an index, so that one letter costs at a million customers what it costs at a
// thousand.
import type { Db, Tx } from '../../db/db.ts'
import type { Scope } from '../../db/scope.ts'
import { lettersOf } from './initials.ts'
import * as sql from './search.sql.ts'
import { beginningOf, exactly, placeWords, questionOf, type Word, wordsOf } from './words.ts'

export interface SearchResult {
  customers: sql.FoundCustomer[]
  /** More than were asked for: another word would help. */
  hasMore: boolean
}

/** Of the communities that a word may name; more is a word like «花园», which narrows nothing. */
const mostCommunities = 60

export async function searchCustomers(
  tx: Tx,
  companyId: string,
  typed: string,
  limit: number,
): Promise<SearchResult> {
  const words = wordsOf(typed)
  if (words.length === 0) return { customers: [], hasMore: false }
  const ids = await findIds(tx, companyId, words, limit + 1)
  const shown = ids.slice(0, limit)
  const customers = shown.length === 0 ? [] : await tx.many(sql.customersShown, [companyId, shown])
  return { customers, hasMore: ids.length > limit }
}

/** So long a number that somebody has is nobody's beginning or end. */
const wholeNumber = 8

/** Best first; at most so many as wanted, none twice. */
async function findIds(
  tx: Tx,
  companyId: string,
  words: readonly Word[],
  wanted: number,
): Promise<string[]> {
  const found = new Set<string>()
  const add = (rows: readonly { customerId: string }[]) => {
    for (const { customerId } of rows) if (found.size < wanted) found.add(customerId)
  }
  const [first] = words
  if (words.length === 1 && first!.kind === 'number') {
    const whole = exactly(first!.text)
    add(await tx.many(sql.foundByWords, [companyId, whole, [], wanted]))
    if (found.size > 0 && first!.text.length >= wholeNumber) return [...found]
  }
  const beginning = beginningOf(words)
  if (beginning && found.size < wanted) {
    const { name, letters, no } = beginning
    add(await tx.many(sql.foundByBeginning, [companyId, name, letters, no, wanted]))
  }
  if (found.size < wanted) {
    const places = placeWords(words)
    const communities =
      places.length === 0
        ? []
        : await tx.many(sql.communitiesNamed, [companyId, places, mostCommunities])
    const { grams, contained } = questionOf(words, communities)
    // Those already found may be among them.
    const most = wanted + found.size
    const rest = await tx.many(sql.foundByWords, [companyId, grams, contained, most])
    add(rest.toSorted((a, b) => (a.customerId < b.customerId ? -1 : 1)))
  }
  return [...found]
}

const fillBatch = 500

/**
 * Gives letters to names whose writer forgot them (migration 0010); how many there were. The worker
 * runs it; a seed or an import that calls `lettersOf` leaves it nothing to do.
 */
export async function fillLetters(db: Db, scope: Scope, companyId: string): Promise<number> {
  const steps = [
    [sql.customersWithoutLetters, sql.giveCustomersLetters],
    [sql.communitiesWithoutLetters, sql.giveCommunitiesLetters],
  ] as const
  let filled = 0
  for (const [without, give] of steps) {
    for (let last = fillBatch; last === fillBatch; filled += last) {
      last = await db.tx(scope, async (tx) => {
        const rows = await tx.many(without, [companyId, fillBatch])
        const ids = rows.map(({ id }) => id)
        const names = rows.map(({ name }) => name)
        return await tx.run(give, [companyId, ids, names, names.map(lettersOf)])
      })
    }
  }
  return filled
}
