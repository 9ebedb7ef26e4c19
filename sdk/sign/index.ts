// Keys, MACs, digests and comparisons of secrets, for hosts. A connector names them, nothing more.
export * from './des.ts'
export * from './digest.ts'
export * from './known-answers.ts'
export * from './mac.ts'
export * from './same.ts'
