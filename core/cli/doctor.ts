// `reli doctor`: looks at everything that has to be right around the system, and says for each
// thing that is not how to mend it.
import { join } from 'node:path'
import { readDemoSettings } from '../config.ts'
import { exitCodes } from '../start/serve.ts'
import * as checks from './checks.ts'
import { databaseFindings } from './database-checks.ts'
import { green, padTo, red, say } from './say.ts'
import { demoFile } from './start.ts'
import type { Words } from './words.ts'

export async function doctorCommand({ values }: Words): Promise<void> {
  const settings = readDemoSettings(values.config ?? demoFile)
  const secrets = values.secrets ?? join(settings.folder, 'secrets')
  const findings = [
    checks.nodeVersion(),
    checks.packagedNode(),
    checks.timeZone(),
    ...(await databaseFindings(secrets)),
    checks.disk(settings.folder),
    await checks.ports(settings),
    checks.certificates(secrets),
    checks.secretModes(secrets),
    checks.fonts(),
    checks.program('Chromium', '/usr/bin/chromium', 'chromium'),
    checks.program('OpenSSH', '/usr/sbin/sshd', 'openssh-server'),
  ]
  for (const { title, isGood, found, mend } of findings) {
    say(`${isGood ? green('✓') : red('✗')} ${padTo(title, 12)} ${found}`)
    if (mend) say(`  ${padTo('', 12)} → ${mend}`)
  }
  const faults = findings.filter(({ isGood }) => !isGood).length
  say(faults === 0 ? '一切正常' : `${faults} 项需要处理`)
  process.exitCode = faults === 0 ? 0 : exitCodes.failed
}
