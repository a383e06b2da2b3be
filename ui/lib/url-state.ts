// URL = state: the small pure part of the router.
import { addressSegments } from './run-address.ts'

export type Route =
  | { page: 'home' }
  | { page: 'dags' }
  | { page: 'dag'; file: string; tab: DagTab }
  | { page: 'runs' }
  /** `id` is `ROOT/CHILD` for a called run (run-address.ts). */
  | { page: 'run'; name: string; id: string }
  /** Any other address; ui/pages/more-pages.ts knows which there are. */
  | { page: 'more'; head: string; rest: string[] }
  | { page: 'not-found' }

export const DAG_TABS = ['latest', 'spec', 'history', 'schedule', 'webhook', 'settings'] as const
export type DagTab = (typeof DAG_TABS)[number]

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Which page a path means. `/` is what needs somebody; a DAG without a tab is its latest run. */
export function parseRoute(pathname: string): Route {
  const [head, first, second, ...rest] = pathname.split('/').filter(Boolean).map(decode)
  if (head === undefined) return { page: 'home' }
  if (head !== 'dags' && head !== 'dag-runs')
    return { page: 'more', head, rest: [first, second, ...rest].filter(part => part !== undefined) }
  const [kind, child, ...further] = rest
  if (head === 'dag-runs' && second !== undefined && kind === 'sub-dag-runs' && child && further.length === 0)
    return { page: 'run', name: first ?? '', id: `${second}/${child}` }
  if (rest.length > 0) return { page: 'not-found' }
  if (head === 'dags') {
    if (first === undefined) return { page: 'dags' }
    const tab = DAG_TABS.find(name => name === (second ?? 'latest'))
    return tab ? { page: 'dag', file: first, tab } : { page: 'not-found' }
  }
  if (first === undefined) return { page: 'runs' }
  return second === undefined ? { page: 'not-found' } : { page: 'run', name: first, id: second }
}

export const dagPath = (file: string, tab: DagTab = 'latest'): string =>
  `/dags/${encodeURIComponent(file)}${tab === 'latest' ? '' : `/${tab}`}`

/** A line of a step's log. */
export const linePath = (name: string, id: string, step: string, stream: 'stdout' | 'stderr', line: number): string =>
  `/dag-runs${addressSegments(name, id)}${withSearch('', {
    step,
    line: String(line),
    stream: stream === 'stderr' ? stream : undefined,
  })}`

export const runPath = (name: string, id: string, step?: string): string =>
  `/dag-runs${addressSegments(name, id)}${step === undefined ? '' : `?step=${encodeURIComponent(step)}`}`

/** The search string with `changes` applied: undefined or empty removes a key. Keys stay in order, so that addresses compare. */
export function withSearch(search: string, changes: Record<string, string | readonly string[] | undefined>): string {
  const params = new URLSearchParams(search)
  for (const [key, value] of Object.entries(changes)) {
    params.delete(key)
    for (const item of Array.isArray(value) ? value : value === undefined ? [] : [value as string])
      if (item !== '') params.append(key, item)
  }
  params.sort()
  const next = params.toString()
  return next === '' ? '' : `?${next}`
}
