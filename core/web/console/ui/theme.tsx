// Light by day, dark at night: follows the system until a person chooses. Tokens of ux.md §6.1 live
// in console.css; antd is told the same ones.
import { App, theme as antd, ConfigProvider } from 'antd'
import zhCN from 'antd/locale/zh_CN'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'

export type Choice = 'system' | 'light' | 'dark'
const kept = 'reli.theme'
const night = matchMedia('(prefers-color-scheme: dark)')

const Theme = createContext({ choice: 'system' as Choice, choose: (_: Choice) => {} })
export const useTheme = () => useContext(Theme)

const shared = {
  fontFamily: 'var(--font)',
  fontSize: 14,
  borderRadius: 4,
  controlHeight: 30,
  motionDurationMid: '0.12s',
}
const light = { colorPrimary: '#1f5fa8', colorError: '#b3261e', colorBorder: '#7b8794' }
const dark = {
  colorPrimary: '#6fa8e8',
  colorError: '#f2857d',
  colorBorder: '#6b7a89',
  colorBgContainer: '#1c2229',
  colorBgElevated: '#242b34',
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.content ?? ''

function keptChoice(): Choice {
  const text = localStorage.getItem(kept)
  return text === 'light' || text === 'dark' ? text : 'system'
}

export function Themed({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState(keptChoice)
  const [isNight, setNight] = useState(night.matches)
  useEffect(() => {
    const follow = () => setNight(night.matches)
    night.addEventListener('change', follow)
    return () => night.removeEventListener('change', follow)
  }, [])

  const isDark = choice === 'dark' || (choice === 'system' && isNight)
  useEffect(() => {
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  }, [isDark])
  const choose = (next: Choice) => {
    localStorage.setItem(kept, next)
    setChoice(next)
  }
  return (
    <Theme value={{ choice, choose }}>
      <ConfigProvider
        locale={zhCN}
        csp={{ nonce }}
        wave={{ disabled: true }}
        button={{ autoInsertSpace: false }}
        theme={{
          algorithm: isDark ? antd.darkAlgorithm : antd.defaultAlgorithm,
          token: { ...shared, ...(isDark ? dark : light) },
        }}
      >
        <App component={false}>{children}</App>
      </ConfigProvider>
    </Theme>
  )
}
