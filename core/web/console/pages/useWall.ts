// The wall's stream, watched: when it stalls the page says so, and opens it anew by itself.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { WallJson } from '../../../collection/wall.routes.ts'
import { api } from '../api.ts'

/** The server sends each second; after this silence people are told. */
const staleAfterMs = 5_000
/** A half-open connection never fails by itself: after this silence it is given up. */
const reopenEveryMs = 8_000

export interface Wall {
  wall: WallJson | undefined
  /** Zero while the stream is alive. */
  staleSeconds: number
}

export function useWall(): Wall {
  const client = useQueryClient()
  const [wall, setWall] = useState<WallJson>()
  const [staleSeconds, setStale] = useState(0)

  useEffect(() => {
    let heardAt = performance.now()
    let openedAt = 0
    let source: EventSource | undefined
    const open = () => {
      source?.close()
      openedAt = performance.now()
      source = new EventSource(api.wallStream)
      source.onmessage = ({ data }) => {
        heardAt = performance.now()
        setStale(0)
        setWall(JSON.parse(data))
      }
      source.addEventListener('signed-out', () => {
        client.setQueryData(api.session().queryKey, null)
      })
    }
    open()
    const watch = setInterval(() => {
      const silence = performance.now() - heardAt
      setStale(silence > staleAfterMs ? Math.floor(silence / 1000) : 0)
      if (silence > reopenEveryMs && performance.now() - openedAt > reopenEveryMs) {
        // Also finds out whether it was the session that ended, which a stream cannot say.
        void client.invalidateQueries({ queryKey: api.session().queryKey })
        open()
      }
    }, 1_000)
    return () => {
      clearInterval(watch)
      source?.close()
    }
  }, [client])

  return { wall, staleSeconds }
}
