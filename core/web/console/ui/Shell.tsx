// What stands around every page: where I am, who I am, which business day it is, and whether this
// is only a rehearsal.
import {
  BellOutlined,
  DashboardOutlined,
  DesktopOutlined,
  ExceptionOutlined,
  LogoutOutlined,
  MoonOutlined,
  SunOutlined,
  UnorderedListOutlined,
} from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { Navigate, NavLink, Outlet, useLocation } from 'react-router'
import type { SessionJson } from '../../../org/sessions.routes.ts'
import { api } from '../api.ts'
import { paths } from '../paths.ts'
import { Loaded } from './Page.tsx'
import { RehearsalBanner } from './RehearsalBanner.tsx'
import { wordOf } from './terms.ts'
import { type Choice, useTheme } from './theme.tsx'

export function Shell() {
  const session = useQuery(api.session())
  const { pathname, search } = useLocation()
  return (
    <Loaded query={session}>
      {(who) =>
        who ? (
          <Frame who={who} />
        ) : (
          <Navigate to={paths.logIn} state={{ from: pathname + search }} replace />
        )
      }
    </Loaded>
  )
}

function Frame({ who }: { who: SessionJson }) {
  const notices = useQuery(api.notices())
  const unread = notices.data?.unread ?? 0
  return (
    <>
      <a className="skip" href="#content">
        跳到内容
      </a>
      {who.rehearsal && <RehearsalBanner />}
      <div className="shell">
        <TopBar who={who} />
        <nav className="menu" aria-label="主菜单">
          <h2>银行代收</h2>
          <MenuLink to={paths.wall} icon={<DashboardOutlined />} text="监控墙" />
          <MenuLink to={paths.payments()} icon={<UnorderedListOutlined />} text="代收流水" />
          <MenuLink to={paths.exceptions()} icon={<ExceptionOutlined />} text="差错处理" />
          <h2>工作台</h2>
          <MenuLink to={paths.notices} icon={<BellOutlined />} text="通知" count={unread} />
        </nav>
        <main id="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </>
  )
}

function MenuLink(props: { to: string; icon: ReactNode; text: string; count?: number }) {
  const { to, icon, text, count = 0 } = props
  return (
    <NavLink to={to}>
      {icon}
      <span>{text}</span>
      {count > 0 && <em title={`${count} 条未读`}>{count}</em>}
    </NavLink>
  )
}

function TopBar({ who }: { who: SessionJson }) {
  const client = useQueryClient()
  const logOut = useMutation({
    mutationFn: api.logOut,
    onSettled: () => {
      client.clear()
      location.assign(paths.logIn)
    },
  })
  return (
    <header className="top-bar">
      <strong>Reli 热力</strong>
      <span className="company">{who.companyName}</span>
      <span className="day">
        账务日 <b className="num">{who.bookingOn}</b>
      </span>
      <ThemeButton />
      <span className="who" title={who.roles.map(wordOf).join('、')}>
        {who.name} <small>{wordOf(who.roles[0] ?? null)}</small>
      </span>
      <Button type="text" icon={<LogoutOutlined />} onClick={() => logOut.mutate()}>
        退出
      </Button>
    </header>
  )
}

const themes: Record<Choice, { icon: ReactNode; text: string; next: Choice }> = {
  system: { icon: <DesktopOutlined />, text: '跟随系统', next: 'light' },
  light: { icon: <SunOutlined />, text: '日间', next: 'dark' },
  dark: { icon: <MoonOutlined />, text: '夜间', next: 'system' },
}

function ThemeButton() {
  const { choice, choose } = useTheme()
  const { icon, text, next } = themes[choice]
  return (
    <Button type="text" icon={icon} onClick={() => choose(next)} title="切换明暗">
      {text}
    </Button>
  )
}
