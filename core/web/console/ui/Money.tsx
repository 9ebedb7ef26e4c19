// The one place where fen become yuan on a screen: ¥2,123.00, negative in red with a minus.
import { toYuan } from '@reli/sdk'

export function yuanText(fen: string): string {
  const [whole, cents] = toYuan(BigInt(fen)).replace('-', '').split('.')
  return `${fen.startsWith('-') ? '-' : ''}¥${whole!.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}`
}

export function Money({ fen }: { fen: string | null }) {
  if (fen === null) return <span className="faint">—</span>
  return <span className={fen.startsWith('-') ? 'num negative' : 'num'}>{yuanText(fen)}</span>
}
