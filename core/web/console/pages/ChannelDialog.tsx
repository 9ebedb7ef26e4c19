// A bank in detail: its connections, and the switch, with a reason.
import { useMutation, useQuery } from '@tanstack/react-query'
import { Button, Input } from 'antd'
import { type FormEvent, useState } from 'react'
import { Link } from 'react-router'
import type { WallChannelJson } from '../../../collection/wall.routes.ts'
import { api } from '../api.ts'
import { paths } from '../paths.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { StatusTag } from '../ui/StatusTag.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import { lineTerms } from '../ui/terms.ts'
import { bytesText, dateTime, timeOfDay } from '../ui/time.ts'
import { percent, seconds } from './BankTile.tsx'

type Connection = WallChannelJson['connections'][number]

const columns: Column<Connection>[] = [
  { title: '对端', width: 170, cell: ({ peer }) => <code>{peer}</code> },
  { title: '连接时间', width: 160, cell: ({ connectedAt }) => dateTime(connectedAt) },
  { title: '最近报文', cell: ({ lastMessageAt }) => timeOfDay(lastMessageAt) },
  { title: '收', align: 'right', cell: ({ bytesIn }) => bytesText(bytesIn) },
  { title: '发', align: 'right', cell: ({ bytesOut }) => bytesText(bytesOut) },
  { title: '处理中', align: 'right', cell: ({ inFlight }) => inFlight },
]

export function ChannelDialog({ channel, onClose }: { channel: WallChannelJson; onClose(): void }) {
  const { channelId, title, state, why, connections, successRate, p50Ms, p95Ms } = channel
  return (
    <Dialog
      title={
        <>
          {title} <StatusTag of={lineTerms[state]} />
        </>
      }
      onClose={onClose}
    >
      {why && <p className="dialog-why">{why}</p>}
      <dl className="facts">
        <div>
          <dt>成功率</dt>
          <dd>{percent(successRate)}</dd>
        </div>
        <div>
          <dt>p50 / p95</dt>
          <dd>
            {seconds(p50Ms)} / {seconds(p95Ms)}
          </dd>
        </div>
        <div>
          <dt>开放账务日期</dt>
          <dd>{channel.openBankDate ?? '未签到'}</dd>
        </div>
        <div>
          <dt>最近成功</dt>
          <dd>{timeOfDay(channel.lastPaidAt)}</dd>
        </div>
        <div>
          <dt>待处理差错</dt>
          <dd>
            <Link to={paths.exceptions({ channelId, state: 'PENDING' })}>
              {channel.openExceptions} 笔
            </Link>
          </dd>
        </div>
        <div>
          <dt>流水</dt>
          <dd>
            <Link to={paths.payments({ channelId })}>查看</Link>
          </dd>
        </div>
      </dl>
      <Table
        label="连接"
        columns={columns}
        rows={connections}
        keyOf={({ peer }) => peer}
        empty="没有连接"
      />
      <SwitchForm channel={channel} onDone={onClose} />
    </Dialog>
  )
}

/** As the server has it (core/org/roles.ts); here only to say so beforehand. */
const switchers = ['supervisor', 'bank_operator']

function SwitchForm({ channel, onDone }: { channel: WallChannelJson; onDone(): void }) {
  const { channelId, title, enabled } = channel
  const [reason, setReason] = useState('')
  const session = useQuery(api.session())
  const mayNot = session.data?.roles.some((role) => switchers.includes(role))
    ? undefined
    : '停用和启用需要收费主管或代收操作员'
  const change = useMutation({
    mutationFn: () =>
      enabled ? api.stopChannel(channelId, reason) : api.startChannel(channelId, reason),
    onSuccess: onDone,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim()) change.mutate()
  }
  const effect = enabled
    ? `将停用${title}代收：下一笔查询和缴费即被拒绝，已在处理的继续完成。`
    : `将启用${title}代收：下一笔查询和缴费即可受理。`
  return (
    <form className="switch" onSubmit={submit}>
      <p>{mayNot ?? effect}</p>
      <label htmlFor="reason">原因（必填，留痕）</label>
      <Input
        id="reason"
        value={reason}
        maxLength={100}
        onChange={(event) => setReason(event.target.value)}
      />
      {change.error && (
        <p className="problem" role="alert">
          {change.error.message}
        </p>
      )}
      <Button
        type="primary"
        danger={enabled}
        htmlType="submit"
        disabled={!reason.trim() || mayNot !== undefined}
        title={mayNot ?? (reason.trim() ? '' : '请先填写原因')}
        loading={change.isPending}
      >
        {enabled ? '停用' : '启用'}
      </Button>
    </form>
  )
}
