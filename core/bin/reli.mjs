#!/usr/bin/env node
// Starts the CLI with the Node that the lockfile brings, whatever Node found this file.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const packaged = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
const node = existsSync(packaged) ? packaged : process.execPath
const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const args = ['--conditions=reli-source', main, ...process.argv.slice(2)]

const child = spawn(node, args, { stdio: 'inherit' })
// A terminal sends Ctrl-C to both; the command decides when it is over.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
}
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
