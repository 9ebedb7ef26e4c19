// How a process reaches the database: as `reli_app`, by two files that the migration wrote, which
// hold the address and the key that seals scopes. The administrator's address stays with the
// administrator.
import { readFileSync } from 'node:fs'
import { BadSettings } from '../config.ts'
import { type Db, openDb } from '../db/db.ts'
import { type ScopeSigner, scopeSigner } from '../db/scope.ts'

export interface DatabaseFiles {
  urlFile: string
  scopeKeyFile: string
}

export interface Access {
  url: string
  sign: ScopeSigner
}

export function readAccess({ urlFile, scopeKeyFile }: DatabaseFiles): Access {
  const key = readSecret(scopeKeyFile)
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw new BadSettings(`${scopeKeyFile} 不是 64 位十六进制密钥，请重新运行 reli migrate`)
  }
  return { url: readSecret(urlFile), sign: scopeSigner(Buffer.from(key, 'hex')) }
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new BadSettings(`不能读取 ${file}（${code}），请先运行 reli migrate`)
  }
}

export const openWith = ({ url, sign }: Access, name: string, connections: number): Db =>
  openDb({ url, sign, name, connections })
