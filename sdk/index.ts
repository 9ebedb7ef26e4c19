// The public face of the SDK: what a connector author and the hub share.
export * from './connector.ts'
export * from './define.ts'
export * from './errors.ts'
export * from './json.ts'
export * from './money.ts'
export * from './operations.ts'
export * from './outcome.ts'
