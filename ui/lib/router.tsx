// The router: one store over the browser's history, links, and a guard that may keep people from losing unsaved work.
import { type AnchorHTMLAttributes, type MouseEvent, useCallback, useEffect, useSyncExternalStore } from 'react'
import { withSearch } from './url-state.ts'

type Guard = () => boolean

const listeners = new Set<() => void>()
const guards = new Set<Guard>()
let current = locationText()

function locationText(): string {
  return window.location.pathname + window.location.search
}

const notify = (): void => {
  current = locationText()
  for (const listener of listeners) listener()
}

const mayLeave = (): boolean => [...guards].every(guard => guard())

window.addEventListener('popstate', () => {
  const target = window.location.pathname
  if (target !== current.split('?')[0] && !mayLeave()) {
    window.history.pushState(null, '', current)
    return
  }
  notify()
})

window.addEventListener('beforeunload', event => {
  if (guards.size > 0) event.preventDefault()
})

/** Goes to an address inside the dashboard, unless a guard says no. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const samePage = new URL(to, window.location.href).pathname === window.location.pathname
  if (!samePage && !mayLeave()) return
  if (options.replace) window.history.replaceState(null, '', to)
  else window.history.pushState(null, '', to)
  notify()
  if (!samePage) window.scrollTo(0, 0)
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Path and search of the current address; re-renders when they change. */
export function useLocation(): { pathname: string; search: string } {
  const text = useSyncExternalStore(subscribe, () => current)
  const [pathname = '/', search = ''] = text.split(/(?=\?)/)
  return { pathname, search }
}

export type SearchChanges = Record<string, string | readonly string[] | undefined>

/** The query of the address, and a setter that replaces it in place. */
export function useSearch(): [URLSearchParams, (changes: SearchChanges) => void] {
  const { search } = useLocation()
  const update = useCallback((changes: SearchChanges) => {
    navigate(window.location.pathname + withSearch(window.location.search, changes), { replace: true })
  }, [])
  return [new URLSearchParams(search), update]
}

/** While `active`, leaving the page asks first. */
export function useLeaveGuard(active: boolean, question: string): void {
  useEffect(() => {
    if (!active) return
    const guard: Guard = () => window.confirm(question)
    guards.add(guard)
    return () => {
      guards.delete(guard)
    }
  }, [active, question])
}

/** A link inside the dashboard: plain clicks stay in the page, all others are the browser's. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const handle = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event)
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    event.preventDefault()
    navigate(href)
  }
  return <a href={href} onClick={handle} {...rest} />
}
