import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Input, type InputRef } from 'antd'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { api } from '../api.ts'
import { paths } from '../paths.ts'
import { RehearsalBanner } from '../ui/RehearsalBanner.tsx'

export default function LogInPage() {
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const first = useRef<InputRef>(null)
  const health = useQuery(api.health())
  const client = useQueryClient()
  const navigate = useNavigate()
  const from: string = useLocation().state?.from ?? paths.wall
  // Letters typed before `autofocus` takes effect would be lost.
  useEffect(() => {
    document.title = '登录 · Reli 热力'
    first.current?.focus()
  }, [])

  const logIn = useMutation({
    mutationFn: api.logIn,
    onSuccess: (session) => {
      client.setQueryData(api.session().queryKey, session)
      navigate(from, { replace: true })
    },
    onError: () => setPassword(''),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (login && password) logIn.mutate({ login, password })
  }
  return (
    <>
      {health.data?.rehearsal && <RehearsalBanner />}
      <main className="log-in">
        <form onSubmit={submit} aria-label="登录">
          <h1>Reli 热力</h1>
          <p>供热收费与银行代收</p>
          <label htmlFor="login">账号</label>
          <Input
            id="login"
            ref={first}
            size="large"
            autoComplete="username"
            maxLength={64}
            value={login}
            onChange={(event) => setLogin(event.target.value)}
          />
          <label htmlFor="password">密码</label>
          <Input.Password
            id="password"
            size="large"
            autoComplete="current-password"
            maxLength={128}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <p className="log-in-problem" role="alert">
            {logIn.error?.message}
          </p>
          <Button type="primary" htmlType="submit" size="large" block loading={logIn.isPending}>
            登录 Enter
          </Button>
          <small>30 分钟无操作自动退出，连续 5 次错误锁定 15 分钟</small>
        </form>
      </main>
    </>
  )
}
