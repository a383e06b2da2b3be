// Starts the dashboard: theme first, then a sign-in link's token out of the address, then the pages.
import { createRoot } from 'react-dom/client'
import { signIn, takeToken } from './api/auth.ts'
import { App } from './app.tsx'
import { reloadWhenStale } from './lib/stale-build.ts'
import { applyTheme, readTheme } from './lib/theme.ts'
import './styles/index.css'

async function start(): Promise<void> {
  applyTheme(readTheme())
  reloadWhenStale()
  const { token, cleaned } = takeToken(window.location.href)
  let problem: string | undefined
  if (token !== undefined) {
    window.history.replaceState(null, '', cleaned)
    problem = await signIn(token).then(
      () => undefined,
      () => 'The sign-in link was not accepted. It may be from an earlier installation; paste the token instead.',
    )
  }
  const root = document.getElementById('root')
  if (root) createRoot(root).render(<App signInProblem={problem} />)
}

// A sign-in link pasted into this very tab changes only the hash.
window.addEventListener('hashchange', () => {
  if (takeToken(window.location.href).token !== undefined) window.location.reload()
})

void start()
