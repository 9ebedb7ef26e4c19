// Security events of one channel, written into the journal beside the frames they are about. A
// flood of connections must not become a flood of records: beyond a rate they are counted, and the
// next record of that kind says how many it stands for.
import type { JournalRecord, SecurityEventName } from '../link/protocol.ts'
import { beijingInstant } from './beijing.ts'
import type { Journal } from './journal.ts'

/** Per kind and channel. A bank makes a handful of connections an hour. */
const maxPerSecond = 50
const reasonLength = 300

type EventRecord = Extract<JournalRecord, { kind: 'event' }>
export type EventDetail = Partial<
  Pick<EventRecord, 'frame' | 'ip' | 'port' | 'code' | 'path' | 'reason' | 'bytesIn' | 'bytesOut'>
>

export type ReportEvent = (event: SecurityEventName, detail: EventDetail) => void

export function securityEventsOf(channel: string, journal: Journal): ReportEvent {
  const recent = new Map<SecurityEventName, { second: string; count: number; suppressed: number }>()

  return (event, detail) => {
    const at = beijingInstant()
    const seen = recent.get(event) ?? { second: at, count: 0, suppressed: 0 }
    recent.set(event, seen)
    if (seen.second !== at) Object.assign(seen, { second: at, count: 0 })
    if (++seen.count > maxPerSecond) {
      seen.suppressed++
      return
    }
    const { suppressed } = seen
    seen.suppressed = 0
    journal.append({
      kind: 'event',
      at,
      channel,
      event,
      ...detail,
      ...(detail.reason && { reason: detail.reason.slice(0, reasonLength) }),
      ...(suppressed > 0 && { suppressed }),
    })
  }
}
