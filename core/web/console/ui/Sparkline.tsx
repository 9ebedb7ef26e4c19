// Fifteen minutes at a glance: one bar a minute, the running one last. Heights share the bank's own
// maximum; the figures are in the title for whoever cannot see bars.
const width = 8
const gap = 2
const height = 26

export function Sparkline({ minutes }: { minutes: readonly number[] }) {
  const highest = Math.max(1, ...minutes)
  const label = `近 ${minutes.length} 分钟笔数：${minutes.join(' ')}`
  const total = minutes.length * (width + gap) - gap
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${total} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      {minutes.map((count, i) => {
        const size = count === 0 ? 1 : Math.max(3, (count / highest) * height)
        return (
          <rect
            key={i}
            x={i * (width + gap)}
            y={height - size}
            width={width}
            height={size}
            className={count === 0 ? 'none' : i === minutes.length - 1 ? 'running' : 'full'}
          />
        )
      })}
    </svg>
  )
}
