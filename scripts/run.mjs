// Runs the tools of the checks and tests with the packaged Node.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const withSources = '--conditions=reli-source'

/** Its exit code; `onOutput` is given what it prints as well. */
export function run(command, args, { env, onOutput } = {}) {
  const stdio = ['inherit', onOutput ? 'pipe' : 'inherit', 'inherit']
  const child = spawn(command, args, { cwd: root, stdio, env: { ...process.env, ...env } })
  child.stdout?.setEncoding('utf8').on('data', onOutput)
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)))
}

export const node = (args, options) => run(process.execPath, args, options)
