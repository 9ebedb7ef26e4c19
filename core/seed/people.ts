// Demo log-ins, one for each role. Their passwords are public, and the start prints them.
import type { Role } from '../org/roles.ts'

export interface DemoUser {
  login: string
  name: string
  title: string
  roles: Role[]
  password: string
}

export const demoUsers: readonly DemoUser[] = [
  user('s01', '周建国', '收费主管', 'supervisor'),
  user('b01', '郄敏', '银行专员', 'bank_operator'),
  user('f01', '刘芳', '财务', 'finance'),
  user('admin', '系统管理员', '管理员', 'administrator'),
]

function user(login: string, name: string, title: string, role: Role): DemoUser {
  return { login, name, title, roles: [role], password: `reli-${login}-2026` }
}
