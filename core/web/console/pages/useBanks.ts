// The banks of this company, for filters.
import { useQuery } from '@tanstack/react-query'
import { api } from '../api.ts'

export function useBanks(): { value: string; label: string }[] {
  const wall = useQuery(api.wall())
  return (wall.data?.channels ?? []).map(({ channelId, title }) => ({
    value: channelId,
    label: title,
  }))
}
