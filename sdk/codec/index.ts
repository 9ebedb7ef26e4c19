// Codecs: bytes ⇄ message from a declared spec. Pure; every fault is a `Malformed` with its path.
export * from './fixed.ts'
export * from './framing.ts'
export * from './gbk.ts'
export * from './iso8583.ts'
export * from './statement.ts'
export * from './tlv.ts'
export * from './values.ts'
