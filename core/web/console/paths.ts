// Every address of the console, made here and nowhere else.
import type { ExceptionFilter } from '../../collection/exceptions.routes.ts'
import type { PaymentFilter } from '../../collection/payments.routes.ts'

interface Key {
  channelId: string
  bankDate: string
  serial: string
}

const withFilter = (path: string, filter: object = {}) => {
  const params = new URLSearchParams(Object.entries(filter).filter(([, value]) => value))
  return params.size > 0 ? `${path}?${params}` : path
}

export const paths = {
  logIn: '/log-in',
  wall: '/wall',
  payments: (filter: PaymentFilter = {}) => withFilter('/payments', filter),
  operation: ({ channelId, bankDate, serial }: Key) =>
    `/operations/${[channelId, bankDate, serial].map(encodeURIComponent).join('/')}`,
  exceptions: (filter: ExceptionFilter = {}) => withFilter('/exceptions', filter),
  notices: '/notices',
}
