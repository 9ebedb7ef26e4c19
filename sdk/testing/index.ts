// What a connector's author tests with: the conformance kit, and a host small enough to read.
export * from './conformance.ts'
export * from './damage.ts'
export * from './host.ts'
export * from './samples.ts'
export * from './statement-conformance.ts'
