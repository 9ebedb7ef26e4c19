// Writes docs/state-machines.md from the tables: `npm run docs:machines`.
import { writeFileSync } from 'node:fs'
import { machinesPage } from '../core/billing/machines/all.ts'

writeFileSync(new URL('../docs/state-machines.md', import.meta.url), machinesPage())
