// After an upgrade of the control plane an open tab still asks for the former build's parts. It then loads itself anew, once.
import { API_BASE } from '../api/client.ts'

const KEY = 'edgedag.reloaded-at'
const ONCE_PER_MS = 60_000

/**
 * Reloads the page when a lazy part is gone; not again within a minute, so that a broken server causes no loop, and not while nobody
 * answers: the page that is open says so better than the browser's own.
 */
export function reloadWhenStale(): void {
  window.addEventListener('vite:preloadError', () => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0)
    if (Date.now() - last < ONCE_PER_MS) return
    void fetch(`${API_BASE}/health`, { cache: 'no-store' }).then(
      ({ ok }) => {
        if (!ok) return
        sessionStorage.setItem(KEY, String(Date.now()))
        window.location.reload()
      },
      () => undefined,
    )
  })
}
