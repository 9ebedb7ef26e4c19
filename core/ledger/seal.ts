// Tamper evidence. Once a second the sealer hashes all entries whose transactions have ended since
// the last seal, together with the hash before it. Payments do not wait for it and share no row
// with it: a transaction id below the oldest running one can gain no more rows, so the range is
// complete.
import type { Tx } from '../db/db.ts'
import {
  hashOf,
  insertSeal,
  lastSeal,
  lockSeals,
  type SealCheck,
  sealHorizon,
  sealsFrom,
} from './seal.sql.ts'

const genesis = Buffer.alloc(32)
const firstXid = '0'

/** Seals what has been written since; the number of entries, 0 when there is nothing new. */
export async function seal(tx: Tx, companyId: string): Promise<bigint> {
  await tx.run(lockSeals, [companyId])
  const last = await tx.maybe(lastSeal, [companyId])
  const { xid: toXid } = await tx.one(sealHorizon, [])
  const fromXid = last?.toXid ?? firstXid
  if (BigInt(toXid) <= BigInt(fromXid)) return 0n
  const { count, hash } = await tx.one(hashOf, [companyId, fromXid, toXid, last?.hash ?? genesis])
  if (count === 0n) return 0n
  await tx.run(insertSeal, [companyId, (last?.sealSeq ?? 0n) + 1n, fromXid, toXid, count, hash])
  return count
}

/**
 * The seals from `sealSeq` on whose entries no longer give their hash. Empty: nothing was touched.
 */
export async function brokenSeals(tx: Tx, companyId: string, sealSeq = 1n): Promise<SealCheck[]> {
  const broken: SealCheck[] = []
  let before: SealCheck | undefined
  for (const link of await tx.many(sealsFrom, [companyId, sealSeq > 1n ? sealSeq - 1n : 1n])) {
    const isAnchor = before === undefined && link.sealSeq > 1n
    if (!isAnchor) {
      const { count, hash } = await tx.one(hashOf, [
        companyId,
        before?.toXid ?? firstXid,
        link.toXid,
        before?.hash ?? genesis,
      ])
      const continues = link.fromXid === (before?.toXid ?? firstXid)
      if (!continues || count !== link.entryCount || !hash.equals(link.hash)) broken.push(link)
    }
    before = link
  }
  return broken
}
