// Makes a private certificate authority and the certificates of the link (design.md §1): each fep
// one that is good for a server only, each hub one that is good for a client only, so that neither
// can play the other. For the demo, tests and first installation; a site may bring its own instead.
import './reflect.ts'
import { webcrypto } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** A season and its preparations, twice; renewing is one command. */
const leafDays = 730
const authorityDays = 3650
const dayMs = 24 * 60 * 60 * 1000
/** A fep in the DMZ may run with a clock that is a little behind. */
const clockSkewMs = 60 * 60 * 1000

export interface CertificatePlan {
  /** Created if absent; files are written with mode 0600. */
  folder: string
  /** One certificate each: `<name>.crt`, `<name>.key`. The name is what the hub checks. */
  feps: readonly string[]
  hubs: readonly string[]
}

interface Issuer {
  name: string
  keys: webcrypto.CryptoKeyPair
}

/** Writes `ca.crt`, `ca.key` and a pair for each name; overwrites what is there. */
export async function makeCertificates({ folder, feps, hubs }: CertificatePlan): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const authority = await newAuthority(folder)
  for (const name of feps) await newLeaf(folder, authority, name, x509.ExtendedKeyUsage.serverAuth)
  for (const name of hubs) await newLeaf(folder, authority, name, x509.ExtendedKeyUsage.clientAuth)
}

async function newAuthority(folder: string): Promise<Issuer> {
  const keys = await newKeys()
  const name = 'CN=Reli link authority'
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
    ...validFor(authorityDays),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  await save(folder, 'ca', certificate, keys)
  return { name, keys }
}

async function newLeaf(
  folder: string,
  authority: Issuer,
  name: string,
  usage: x509.ExtendedKeyUsage,
): Promise<void> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: authority.name,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: algorithm,
    ...validFor(leafDays),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage], true),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  })
  await save(folder, name, certificate, keys)
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

const validFor = (days: number) => ({
  notBefore: new Date(Date.now() - clockSkewMs),
  notAfter: new Date(Date.now() + days * dayMs),
})

async function save(
  folder: string,
  name: string,
  certificate: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
): Promise<void> {
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  const pem = x509.PemConverter.encode(exported, 'PRIVATE KEY')
  await writeFile(join(folder, `${name}.key`), pem, { mode: 0o600 })
  await writeFile(join(folder, `${name}.crt`), certificate.toString('pem'), { mode: 0o600 })
}
