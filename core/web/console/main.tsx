// The console starts here: theme, language, who is signed in, and a page for each address. Pages
// are loaded when they are first opened.
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserRouter, Navigate, Route, Routes, useParams } from 'react-router'
import { ApiProblem, api } from './api.ts'
import { paths } from './paths.ts'
import './ui/console.css'
import './ui/pages.css'
import { Shell } from './ui/Shell.tsx'
import { Themed } from './ui/theme.tsx'

const ExceptionsPage = lazy(() => import('./pages/ExceptionsPage.tsx'))
const LogInPage = lazy(() => import('./pages/LogInPage.tsx'))
const NoticesPage = lazy(() => import('./pages/NoticesPage.tsx'))
const OperationPage = lazy(() => import('./pages/OperationPage.tsx'))
const PaymentsPage = lazy(() => import('./pages/PaymentsPage.tsx'))
const WallPage = lazy(() => import('./pages/WallPage.tsx'))

/** A session that ended anywhere ends the console: the shell then leads to the log-in page. */
const onError = (error: unknown) => {
  if (error instanceof ApiProblem && error.code === 'session.required') {
    client.setQueryData(api.session().queryKey, null)
  }
}
/** A refusal stays one however often it is asked; a lost network may be back. */
const retry = (count: number, error: unknown) =>
  error instanceof ApiProblem && error.status === 0 && count < 2

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: { queries: { retry, staleTime: 5_000 }, mutations: { retry: false } },
})

/** Where notices of a channel's day lead. */
function DayDifferences() {
  const { channelId, bankDate } = useParams<'channelId' | 'bankDate'>()
  return <Navigate to={paths.exceptions({ channelId: channelId!, bankDate: bankDate! })} replace />
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Themed>
        <BrowserRouter>
          <Suspense fallback={null}>
            <Routes>
              <Route path={paths.logIn} element={<LogInPage />} />
              <Route element={<Shell />}>
                <Route path={paths.wall} element={<WallPage />} />
                <Route path="/payments" element={<PaymentsPage />} />
                <Route
                  path="/operations/:channelId/:bankDate/:serial"
                  element={<OperationPage />}
                />
                <Route path="/exceptions" element={<ExceptionsPage />} />
                <Route path={paths.notices} element={<NoticesPage />} />
                <Route
                  path="/bank/reconciliation/:channelId/:bankDate"
                  element={<DayDifferences />}
                />
                <Route path="*" element={<Navigate to={paths.wall} replace />} />
              </Route>
            </Routes>
          </Suspense>
        </BrowserRouter>
      </Themed>
    </QueryClientProvider>
  </StrictMode>,
)
