// Nobody must take a rehearsal for the real thing, nor the other way round.
export const RehearsalBanner = () => (
  <div className="rehearsal" role="note">
    演练环境 · 数据非真实，打印带“样张”
  </div>
)
