// Which workers a `worker_selector` asks for. Promise: labels are compared exactly, case-sensitively; an empty selector asks for nothing.
import type { WorkerSelector } from '../../spec/dag.ts'

/** Does a worker with these labels fit? `local` asks for the main instance, which is no worker with labels. */
export function matchesSelector(labels: Readonly<Record<string, string>>, selector: WorkerSelector): boolean {
  if (selector === 'local') return false
  return Object.entries(selector).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
}

/** Name of the main instance: the built-in agent on one machine. */
export const MAIN_RUNNER = 'local'

/**
 * The runner that a fresh run is bound to: the main instance for `local`, else the one that has the DAG's folder, unless labels say
 * otherwise: then that folder is out of reach.
 */
export function boundRunner(
  selector: WorkerSelector | undefined,
  source: { runner: string } | undefined,
): string | undefined {
  if (selector === 'local') return MAIN_RUNNER
  return selector === undefined || Object.keys(selector).length === 0 ? source?.runner : undefined
}

/** A selector in words, e.g. `gpu=true, zone=a`; `local` for the main instance. */
export const selectorText = (selector: WorkerSelector): string =>
  selector === 'local'
    ? 'local'
    : Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')
