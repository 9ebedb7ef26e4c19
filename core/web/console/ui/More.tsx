// The foot of a list: what is loaded, and the next page.
import { Button } from 'antd'

interface MoreProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown }
  summary: string
}

export function More({
  query: { hasNextPage, isFetchingNextPage, fetchNextPage },
  summary,
}: MoreProps) {
  return (
    <div className="more">
      <span>{summary}</span>
      {hasNextPage ? (
        <Button size="small" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          继续载入
        </Button>
      ) : (
        <span className="faint">已到末尾</span>
      )}
    </div>
  )
}
