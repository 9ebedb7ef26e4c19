// `npm run check`: types, lint and format, house rules, and the SQL as PostgreSQL reads it.
// Everything is run, so that one look shows all that is wrong.
import { node, withSources } from './run.mjs'

const tsc = 'node_modules/typescript/bin/tsc'
const steps = {
  types: [tsc, '-p', 'tsconfig.json'],
  'types of the console': [tsc, '-p', 'core/web/console/tsconfig.json', '--noEmit'],
  biome: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
  'house rules': [withSources, 'tidy.test.ts'],
  queries: [withSources, 'core/db/queries.test.ts'],
  schema: [withSources, 'core/db/schema.test.ts'],
}

const failed = []
for (const [title, args] of Object.entries(steps)) {
  let output = ''
  const code = await node(args, { onOutput: (text) => (output += text) })
  process.stdout.write(`${code === 0 ? '✓' : '✗'} ${title}\n`)
  if (code === 0) continue
  failed.push(title)
  process.stdout.write(`${relevant(output)}\n`)
}
process.exitCode = failed.length === 0 ? 0 : 1

/** Of TAP, the assertions that did not hold. */
function relevant(output) {
  if (!output.startsWith('TAP version')) return output.trimEnd()
  return output
    .split('\n')
    .filter((line) => /^\s*not ok/.test(line))
    .join('\n')
}
