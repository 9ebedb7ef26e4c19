// The five statement files of the bank's paper.
import { readFileSync } from 'node:fs'
import { statementConformance, statementVector } from '@reli/sdk/testing'
import t from 'tap'
import { statement } from './statement.ts'

const paper = JSON.parse(readFileSync(new URL('vectors/icbc.json', import.meta.url), 'utf8'))
const { institution, merchant } = paper.test_parameters

statementConformance(t, statement, {
  bankDate: '2026-11-20',
  createdAt: '2026-11-21T00:30:00',
  config: { institution, merchant },
  files: paper.recon.map(statementVector),
})
