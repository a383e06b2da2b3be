// The tab says how things stand: `✕ etl — failed — Edgedag`, with a favicon of the same meaning.
import { useEffect } from 'react'
import { STATUS_LOOKS, type StatusKind } from './status.ts'

const FAVICONS: Partial<Record<StatusKind, string>> = {
  running: '/favicon-running.svg',
  retrying: '/favicon-running.svg',
  waiting: '/favicon-waiting.svg',
  queued: '/favicon-waiting.svg',
  failed: '/favicon-failed.svg',
  lost: '/favicon-failed.svg',
  aborted: '/favicon-failed.svg',
  rejected: '/favicon-failed.svg',
  succeeded: '/favicon-ok.svg',
  partially_succeeded: '/favicon-ok.svg',
}

/** @param name undefined: some other part of the page sets the title */
export function useTitle(name: string | undefined, status?: StatusKind): void {
  useEffect(() => {
    if (name === undefined) return
    const look = status === undefined ? undefined : STATUS_LOOKS[status]
    document.title = look ? `${look.icon} ${name} — ${look.word} — Edgedag` : `${name} — Edgedag`
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
    const href = (status && FAVICONS[status]) ?? '/favicon.svg'
    if (link && link.getAttribute('href') !== href) link.setAttribute('href', href)
  }, [name, status])
}
