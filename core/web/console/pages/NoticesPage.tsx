import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { Link } from 'react-router'
import type { NoticeJson } from '../../../org/notices.routes.ts'
import { api } from '../api.ts'
import { Loaded, Page } from '../ui/Page.tsx'
import { dateTime } from '../ui/time.ts'

export default function NoticesPage() {
  const notices = useQuery(api.notices())
  return (
    <Page title="通知" aside={notices.data && <span>未读 {notices.data.unread} 条</span>}>
      <Loaded query={notices}>
        {({ notices: list }) =>
          list.length === 0 ? (
            <p className="empty">没有通知</p>
          ) : (
            <ul className="notices">
              {list.map((notice) => (
                <Notice key={notice.noticeSeq} notice={notice} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  )
}

function Notice({ notice }: { notice: NoticeJson }) {
  const { noticeSeq, at, text, subject, link, readAt, readBy } = notice
  const client = useQueryClient()
  const read = useMutation({
    mutationFn: () => api.readNotice(noticeSeq),
    onSuccess: () => client.invalidateQueries({ queryKey: api.notices().queryKey }),
  })
  return (
    <li className={readAt ? 'card is-read' : 'card'}>
      <time className="num" dateTime={at}>
        {dateTime(at)}
      </time>
      <div>
        <b>{text}</b>
        <small>
          {subject}
          {readAt && ` · ${readBy} 已读于 ${dateTime(readAt)}`}
        </small>
        {read.error && (
          <small className="problem" role="alert">
            {read.error.message}
          </small>
        )}
      </div>
      {link?.startsWith('/') && <Link to={link}>去处理</Link>}
      {!readAt && (
        <Button loading={read.isPending} onClick={() => read.mutate()}>
          标为已读
        </Button>
      )}
    </li>
  )
}
