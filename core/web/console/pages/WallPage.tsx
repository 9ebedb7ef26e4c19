import { FullscreenExitOutlined, FullscreenOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { useCallback, useEffect, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import type { WallJson, WallPaymentJson } from '../../../collection/wall.routes.ts'
import { paths } from '../paths.ts'
import { Money } from '../ui/Money.tsx'
import { Page } from '../ui/Page.tsx'
import { StatusTag } from '../ui/StatusTag.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { operationTerms } from '../ui/terms.ts'
import { dateTime, timeOfDay } from '../ui/time.ts'
import { BankTile } from './BankTile.tsx'
import { ChannelDialog } from './ChannelDialog.tsx'
import { useWall } from './useWall.ts'

const columns: Column<WallPaymentJson>[] = [
  {
    title: '时间',
    width: 82,
    cell: ({ decidedAt }) => <span className="num">{timeOfDay(decidedAt)}</span>,
  },
  { title: '银行', width: 124, cell: ({ channelTitle }) => channelTitle },
  { title: '网点', cell: ({ outlet }) => outlet ?? '—' },
  { title: '户名', width: 76, cell: ({ name }) => name || '—' },
  { title: '金额', width: 116, align: 'right', cell: ({ amountFen }) => <Money fen={amountFen} /> },
  {
    title: '结果',
    width: 190,
    cell: ({ state, refusal }) => (
      <>
        <StatusTag of={operationTerms[state]} /> <span className="faint">{refusal}</span>
      </>
    ),
  },
]

export default function WallPage() {
  const { wall, staleSeconds } = useWall()
  const { isWall, toggle } = useWallMode()
  const [opened, setOpened] = useState<string>()
  const navigate = useNavigate()
  const channel = wall?.channels.find(({ channelId }) => channelId === opened)
  return (
    <Page
      title="银行代收监控"
      aside={
        <>
          {wall && <Totals wall={wall} />}
          <Button
            icon={isWall ? <FullscreenExitOutlined /> : <FullscreenOutlined />}
            onClick={toggle}
          >
            {isWall ? '退出大屏 F' : '大屏 F'}
          </Button>
        </>
      }
    >
      {staleSeconds > 0 && (
        <div className="stale" role="alert">
          数据已停更 <b className="num">{staleSeconds}</b> 秒，正在重新连接；以下为{' '}
          {timeOfDay(wall?.at ?? null)} 的数据
        </div>
      )}
      {!wall ? (
        <p className="hint" aria-busy="true">
          正在连接实时数据…
        </p>
      ) : (
        <div className={staleSeconds > 0 ? 'wall is-stale' : 'wall'}>
          <div className="tiles">
            {wall.channels.map((one) => (
              <BankTile key={one.channelId} channel={one} at={wall.at} onOpen={setOpened} />
            ))}
          </div>
          <div className="wall-lower">
            <section className="card">
              <h2>
                实时流水 <small>最近 {wall.payments.length} 笔，户名已脱敏</small>
              </h2>
              <Table
                label="实时流水"
                columns={columns}
                rows={wall.payments}
                keyOf={({ channelId, bankDate, serial }) => `${channelId} ${bankDate} ${serial}`}
                empty="一天之内没有交易"
                onOpen={(payment) => navigate(paths.operation(payment))}
              />
            </section>
            <Alarms wall={wall} />
          </div>
        </div>
      )}
      {channel && <ChannelDialog channel={channel} onClose={() => setOpened(undefined)} />}
    </Page>
  )
}

function Totals({ wall: { at, bookingOn, totals } }: { wall: WallJson }) {
  return (
    <dl className="totals">
      <div>
        <dt>账务日 {bookingOn}</dt>
        <dd className="num">{dateTime(at).slice(11)}</dd>
      </div>
      <div>
        <dt>今日成功</dt>
        <dd className="num" data-testid="paid-count">
          {totals.paidCount} 笔
        </dd>
      </div>
      <div>
        <dt>今日金额</dt>
        <dd>
          <Money fen={totals.paidFen} />
        </dd>
      </div>
      <div>
        <dt>冲正 / 拒绝</dt>
        <dd className="num">
          {totals.reversedCount} / {totals.refusedCount}
        </dd>
      </div>
    </dl>
  )
}

function Alarms({ wall: { channels, findings, totals, unreadNotices } }: { wall: WallJson }) {
  const lines = channels.filter(({ state }) => state === 'down' || state === 'slow')
  const isQuiet = lines.length + findings.length + totals.openExceptions + unreadNotices === 0
  return (
    <section className="card alarms">
      <h2>告警</h2>
      {isQuiet && <p className="empty">没有告警</p>}
      <ul>
        {findings.map(({ kind, subject, at }) => (
          <li key={kind + subject} className="error">
            <b>✕ 账务核对不平 {kind}</b>
            <span>
              {subject} · {dateTime(at)}
            </span>
          </li>
        ))}
        {lines.map(({ channelId, title, state, why }) => (
          <li key={channelId} className={state === 'down' ? 'error' : 'warn'}>
            <b>
              {state === 'down' ? '✕' : '▲'} {title}
              {state === 'down' ? '断开' : '变慢'}
            </b>
            <span>{why}</span>
          </li>
        ))}
        {totals.openExceptions > 0 && (
          <li className="warn">
            <b>! 待处理差错 {totals.openExceptions} 笔</b>
            <Link to={paths.exceptions({ state: 'PENDING' })}>去处理</Link>
          </li>
        )}
        {unreadNotices > 0 && (
          <li className="primary">
            <b>i 未读通知 {unreadNotices} 条</b>
            <Link to={paths.notices}>去查看</Link>
          </li>
        )}
      </ul>
    </section>
  )
}

/** F: the whole screen, dark, big, for a wall that nobody touches. Never while somebody types. */
function useWallMode() {
  const [isWall, setWall] = useState(false)
  const toggle = useCallback(() => setWall((was) => !was), [])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { key, isComposing, ctrlKey, altKey, metaKey, target } = event
      const isTyping = target instanceof HTMLElement && target.closest('input, textarea, dialog')
      if (isComposing || ctrlKey || altKey || metaKey || isTyping) return
      if (key === 'f' || key === 'F') toggle()
      if (key === 'Escape') setWall(false)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [toggle])
  useEffect(() => {
    document.documentElement.classList.toggle('wall-mode', isWall)
    // A browser that refuses full screen still shows the wall.
    if (isWall) void document.documentElement.requestFullscreen?.().catch(() => {})
    else if (document.fullscreenElement) void document.exitFullscreen()
    return () => document.documentElement.classList.remove('wall-mode')
  }, [isWall])
  return { isWall, toggle }
}
