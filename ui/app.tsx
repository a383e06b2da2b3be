// Chooses the page for the address, or sign-in while there is no session.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { ApiError, setUnauthorizedHandler } from './api/client.ts'
import { AccessProvider, useAccess } from './components/access.tsx'
import { ErrorBoundary } from './components/error-boundary.tsx'
import { NAVIGATION, Shell } from './components/shell.tsx'
import { ShortcutsDialog, useShortcuts } from './components/shortcuts.tsx'
import { EmptyState, Skeleton } from './components/ui.tsx'
import { Link, useLocation } from './lib/router.tsx'
import { parseRoute, type Route } from './lib/url-state.ts'
import { DagPage } from './pages/dag-page.tsx'
import { DagsPage } from './pages/dags-page.tsx'
import { HomePage } from './pages/home-page.tsx'
import { MORE_PAGES } from './pages/more-pages.ts'
import { RunPage } from './pages/run-page.tsx'
import { RunsPage } from './pages/runs-page.tsx'
import { SignInPage } from './pages/sign-in-page.tsx'

const MAX_RETRIES = 2

/** Pages are live, so what is loaded counts as fresh until a frame, a reconnect or a click says otherwise. */
const newClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      // The control plane may be this machine: whether there is a network says nothing.
      mutations: { networkMode: 'always' },
      queries: {
        networkMode: 'always',
        staleTime: 10_000,
        refetchOnWindowFocus: true,
        retry: (failures, error) =>
          failures < MAX_RETRIES && error instanceof ApiError && (error.status === 0 || error.status >= 500),
      },
    },
  })

function Page({ route }: { route: Route }) {
  const { refusal } = useAccess()
  if (route.page === 'home') return <HomePage />
  if (route.page === 'dags') return <DagsPage />
  if (route.page === 'dag') return <DagPage key={route.file} file={route.file} tab={route.tab} />
  if (route.page === 'runs') return <RunsPage />
  if (route.page === 'run') return <RunPage key={`${route.name}/${route.id}`} name={route.name} id={route.id} />
  const more = route.page === 'more' ? MORE_PAGES.find(({ head }) => head === route.head) : undefined
  const refused = more?.reads && refusal(more.reads)
  if (refused !== undefined)
    return (
      <EmptyState titleAs="h1" title={`${more?.nav} are not for you to see`}>
        <p>{refused}</p>
      </EmptyState>
    )
  if (route.page === 'more' && more && route.rest.length <= more.depth)
    return (
      <Suspense fallback={<Skeleton rows={8} />}>
        <more.Page rest={route.rest} />
      </Suspense>
    )
  return (
    <EmptyState titleAs="h1" title="There is no such page">
      <p>
        Go to <Link href="/dags">the DAGs</Link> or <Link href="/dag-runs">the runs</Link>.
      </p>
    </EmptyState>
  )
}

const Palette = lazy(() => import('./components/palette.tsx').then(module => ({ default: module.Palette })))
const PLACES = [...NAVIGATION, { head: 'alerts', nav: 'Alerts', reads: undefined }].map(({ head, nav, reads }) => ({
  reads,
  choice: { href: `/${head}`, title: nav ?? head, hint: 'Page' },
}))

/** Another page begins at its content for whoever goes by keyboard or listens; tabs of the same page leave the focus where it is. */
function useFocusOnPage(pathname: string): void {
  const route = parseRoute(pathname)
  const page = route.page === 'dag' ? `dag ${route.file}` : route.page === 'more' ? route.head : pathname
  const shown = useRef(page)
  useEffect(() => {
    if (shown.current === page) return
    shown.current = page
    if (document.querySelector('dialog[open]') === null) document.getElementById('main')?.focus({ preventScroll: true })
  }, [page])
}

function Pages() {
  const { pathname } = useLocation()
  const { may } = useAccess()
  const [help, setHelp] = useState(false)
  const [palette, setPalette] = useState(false)
  const openHelp = useCallback(() => setHelp(true), [])
  const openPalette = useCallback(() => setPalette(true), [])
  useShortcuts(openHelp, openPalette)
  useFocusOnPage(pathname)
  const places = PLACES.filter(({ reads }) => reads === undefined || may(reads)).map(({ choice }) => choice)
  return (
    <Shell onHelp={openHelp}>
      <ErrorBoundary place={pathname}>
        <Page route={parseRoute(pathname)} />
      </ErrorBoundary>
      {palette && (
        <Suspense fallback={null}>
          <Palette pages={places} onClose={() => setPalette(false)} />
        </Suspense>
      )}
      {help && <ShortcutsDialog onClose={() => setHelp(false)} />}
    </Shell>
  )
}

export function App({ signInProblem }: { signInProblem: string | undefined }) {
  const [signedOut, setSignedOut] = useState(signInProblem !== undefined)
  const [client, setClient] = useState(newClient)
  useEffect(() => setUnauthorizedHandler(() => setSignedOut(true)), [])
  if (signedOut)
    return (
      <SignInPage
        problem={signInProblem}
        onSignedIn={() => {
          setClient(newClient())
          setSignedOut(false)
        }}
      />
    )
  return (
    <QueryClientProvider client={client}>
      <AccessProvider>
        <Pages />
      </AccessProvider>
    </QueryClientProvider>
  )
}
