// Which workers a `worker_selector` asks for. Promise: labels are compared exactly, case-sensitively; an empty selector asks for nothing.
import type { WorkerSelector } from '../spec/dag.ts'

/** Does a worker with these labels fit? `local` asks for the main instance, which is no worker with labels. */
export function matchesSelector(labels: Readonly<Record<string, string>>, selector: WorkerSelector): boolean {
  if (selector === 'local') return false
  return Object.entries(selector).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
}

/** A selector in words, e.g. `gpu=true, zone=a`; `local` for the main instance. */
export const selectorText = (selector: WorkerSelector): string =>
  selector === 'local'
    ? 'local'
    : Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')
