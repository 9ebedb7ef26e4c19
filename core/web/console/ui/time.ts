// Instants as people here read them: Beijing time, whatever the computer is set to.
const beijingOffsetMs = 8 * 3_600_000

const beijing = (instant: string) =>
  new Date(Date.parse(instant) + beijingOffsetMs).toISOString().replace('T', ' ')

/** `2026-11-03 09:42:17` */
export const dateTime = (instant: string | null) => (instant ? beijing(instant).slice(0, 19) : '—')
/** `09:42:17` */
export const timeOfDay = (instant: string | null) =>
  instant ? beijing(instant).slice(11, 19) : '—'
/** `09:42:17.042`, where milliseconds are what one is looking for. */
export const preciseTime = (instant: string) => beijing(instant).slice(11, 23)

/** `4 分 12 秒` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} 秒`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分 ${seconds % 60} 秒`
  return `${Math.floor(seconds / 3600)} 小时 ${Math.floor((seconds % 3600) / 60)} 分`
}

export const bytesText = (bytes: number) =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1_048_576
      ? `${(bytes / 1024).toFixed(1)} KB`
      : `${(bytes / 1_048_576).toFixed(1)} MB`
