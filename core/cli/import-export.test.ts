// The two commands on the file level: what they are called with, and what they refuse.
import { test } from 'tap'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'

test('a command that is called wrongly says how it is called', async (t) => {
  const none = { values: {} }
  await t.rejects(importCommand({ ...none, positionals: ['gifts', 'a.xlsx'] }), {
    message: /^例如：reli /,
  })
  await t.rejects(importCommand({ ...none, positionals: ['arrears'] }), {
    message: /模板：customers、arrears/,
  })
  await t.rejects(exportCommand({ ...none, positionals: ['gifts', 'a.xlsx'] }), {
    message: /^例如：reli /,
  })
  await t.rejects(exportCommand({ ...none, positionals: ['customers'] }), {
    message: /清单：customers、charges/,
  })
})
