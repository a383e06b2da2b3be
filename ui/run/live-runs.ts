// The runs list between two answers. Promise: the lines and their order are those that the API would answer, as far as they are loaded.
import type { DAGRunPage } from '@edgedag/core/api/generated/answers'
import { runKey } from '../api/live-messages.ts'
import type { RunSummary } from '../api/types.ts'

export interface RunsPatch {
  items: readonly RunSummary[]
  removed: readonly string[]
}

const at = (run: RunSummary): number => run.createdAtMs ?? 0

/** Newest first, as the API lists them. */
const isBefore = (a: RunSummary, b: RunSummary): boolean => (at(a) === at(b) ? a.dagRunId > b.dagRunId : at(a) > at(b))

export const heldIn = (pages: readonly DAGRunPage[]): Set<string> =>
  new Set(pages.flatMap(page => page.dagRuns.map(runKey)))

/** `matches`: whether a run belongs in the list; one that does not any more goes. */
export function patchRunPages(
  pages: readonly DAGRunPage[],
  { items, removed }: RunsPatch,
  matches: (run: RunSummary) => boolean,
): DAGRunPage[] {
  const gone = new Set(removed)
  const changed = new Map(items.map(run => [runKey(run), run]))
  const next = pages.map(page => ({
    ...page,
    dagRuns: page.dagRuns.flatMap(run => {
      const known = changed.get(runKey(run))
      changed.delete(runKey(run))
      if (gone.has(runKey(run)) && known === undefined) return []
      return known === undefined ? [run] : matches(known) ? [known] : []
    }),
  }))
  for (const run of changed.values()) if (matches(run)) insert(next, run)
  return next
}

/** A run that is older than all that is loaded comes when its page does. */
function insert(pages: DAGRunPage[], run: RunSummary): void {
  for (const page of pages) {
    const index = page.dagRuns.findIndex(other => isBefore(run, other))
    if (index >= 0) return void page.dagRuns.splice(index, 0, run)
  }
  const last = pages.at(-1)
  if (last !== undefined && !last.nextCursor) last.dagRuns.push(run)
}
