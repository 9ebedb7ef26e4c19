// `reli statement <bank>`: makes a simulated bank of the running demo write and deliver the
// statement file of its accounting date now, instead of after midnight.
import { join } from 'node:path'
import { readDemoSettings } from '../config.ts'
import { stillRunning } from '../start/identity.ts'
import { bankProcess } from '../start/processes.ts'
import { CannotStart } from '../start/start.ts'
import { say } from './say.ts'
import { demoFile } from './start.ts'
import { Misused, type Words } from './words.ts'

export async function statementCommand({ positionals, values }: Words): Promise<void> {
  const [bank] = positionals
  if (!bank) throw new Misused('请写明银行，例如：reli statement icbc')
  const { folder } = readDemoSettings(values.config ?? demoFile)
  const name = bankProcess(bank)
  const running = stillRunning(join(folder, 'run')).find((each) => each.name === name)
  if (!running) throw new CannotStart(`模拟银行 ${bank} 没有运行，请先 npm start`)
  process.kill(running.pid, 'SIGUSR2')
  say(`已通知 ${bank} 出文件，见 ${join(folder, 'sftp/recon', bank, 'in')}`)
}
