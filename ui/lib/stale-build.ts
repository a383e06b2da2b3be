// After an upgrade of the control plane an open tab still asks for the former build's parts. It then loads itself anew, once.

const KEY = 'edgedag.reloaded-at'
const ONCE_PER_MS = 60_000

/** Reloads the page when a lazy part is gone; not again within a minute, so that a broken server causes no loop. */
export function reloadWhenStale(): void {
  window.addEventListener('vite:preloadError', event => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0)
    if (Date.now() - last < ONCE_PER_MS) return
    sessionStorage.setItem(KEY, String(Date.now()))
    event.preventDefault()
    window.location.reload()
  })
}
