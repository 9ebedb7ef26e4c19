// One bank on the wall: shape, word and colour say its state before anybody reads a figure.
import type { WallChannelJson } from '../../../collection/wall.routes.ts'
import { Money } from '../ui/Money.tsx'
import { Sparkline } from '../ui/Sparkline.tsx'
import { lineTerms } from '../ui/terms.ts'
import { duration, timeOfDay } from '../ui/time.ts'

interface TileProps {
  channel: WallChannelJson
  /** When the snapshot was taken: ages count to it. */
  at: string
  onOpen(channelId: string): void
}

export function BankTile({ channel, at, onOpen }: TileProps) {
  const { channelId, title, state, why, lastMessageAt, openBankDate, connections } = channel
  const { glyph, word, tone } = lineTerms[state]
  return (
    <button
      type="button"
      className={`tile ${tone}`}
      data-channel={channelId}
      data-state={state}
      onClick={() => onOpen(channelId)}
    >
      <span className="tile-head">
        <strong>{title}</strong>
        <span className="tile-state">
          <b aria-hidden="true">{glyph}</b> {word}
        </span>
      </span>
      <span className="tile-why">{why || '\u00a0'}</span>
      <span className="tile-amount">
        <Money fen={channel.paidFen} />
      </span>
      <span className="tile-count">
        <span className="num">{channel.paidCount} 笔</span>
        <span>
          成功率 <b className="num">{percent(channel.successRate)}</b>
        </span>
        <span>
          p95 <b className="num">{seconds(channel.p95Ms)}</b>
        </span>
      </span>
      <Sparkline minutes={channel.minutes} />
      <span className="tile-foot">
        <span>
          最近 <span className="num">{recently(lastMessageAt, at)}</span>
        </span>
        <span className="num">{connections.length} 连接</span>
        <span>
          账务 <span className="num">{openBankDate?.slice(5) ?? '未签到'}</span>
        </span>
      </span>
    </button>
  )
}

/** The time of day, until a minute's silence makes its length the news. */
function recently(lastMessageAt: string | null, at: string): string {
  const silenceMs = lastMessageAt ? Date.parse(at) - Date.parse(lastMessageAt) : 0
  return silenceMs > 60_000 ? `${duration(silenceMs)}前` : timeOfDay(lastMessageAt)
}

export const percent = (rate: number | null) =>
  rate === null ? '—' : `${(rate * 100).toFixed(1)}%`
export const seconds = (ms: number | null) =>
  ms === null || ms === 0 ? '—' : `${(ms / 1000).toFixed(2)} s`
