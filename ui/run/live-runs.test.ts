import type { DAGRunPage } from '@edgedag/core/api/generated/answers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runKey } from '../api/live-messages.ts'
import { Replay } from '../api/replay.ts'
import { summaryOf } from '../api/testing/answers.ts'
import type { RunSummary } from '../api/types.ts'
import { patchRunPages, type RunsPatch } from './live-runs.ts'

const PAGE = 3
const running = (run: RunSummary): boolean => run.status === 1

/** The index of runs, as the API answers from it. */
class Server {
  readonly runs = new Map<string, RunSummary>()
  change(id: number, status: number): RunsPatch {
    const run = summaryOf('etl', '', { dagRunId: String(id), status, createdAtMs: Math.floor(id / 2) })
    if (status === 9) this.runs.delete(runKey(run))
    else this.runs.set(runKey(run), run)
    return status === 9 ? { items: [], removed: [runKey(run)] } : { items: [run], removed: [] }
  }
  pages(matches: (run: RunSummary) => boolean): DAGRunPage[] {
    const all = [...this.runs.values()]
      .filter(matches)
      .sort((a, b) => (b.createdAtMs ?? 0) - (a.createdAtMs ?? 0) || (a.dagRunId < b.dagRunId ? 1 : -1))
    const first = all.slice(0, PAGE)
    return [{ dagRuns: first, ...(all.length > PAGE ? { nextCursor: 'more' } : {}) }] as DAGRunPage[]
  }
}

const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ id: fc.nat({ max: 9 }), status: fc.constantFrom(1, 4, 9) }) },
  // A question, the moment in which it is answered, and the one in which the answer is there.
  { weight: 2, arbitrary: fc.constantFrom('ask' as const, 'answer' as const, 'arrive' as const) },
)

test.each([
  ['all runs', () => true],
  ['those that run', running],
])('of %s the page shows what the API answers, whenever the answer and the differences came', (_, matches) => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), acts => {
      const server = new Server()
      const replay = new Replay<RunsPatch>()
      let shown = server.pages(matches)
      let asked = false
      let answer: DAGRunPage[] | undefined
      const arrive = (): void => {
        if (!asked) return
        shown = answer ?? server.pages(matches)
        asked = false
        answer = undefined
        for (const patch of replay.rest()) shown = patchRunPages(shown, patch, matches)
      }
      for (const one of acts) {
        if (one === 'ask') asked = true
        else if (one === 'answer') answer ??= asked ? server.pages(matches) : undefined
        else if (one === 'arrive') arrive()
        else {
          const patch = server.change(one.id, one.status)
          replay.came(patch, asked)
          shown = patchRunPages(shown, patch, matches)
        }
      }
      arrive()
      const truth = server.pages(matches)[0]?.dagRuns ?? []
      const lines = shown.flatMap(page => page.dagRuns)
      // Runs that went leave a gap at the end until the next page comes; nothing else may be missing, stale or out of place.
      expect(lines).toEqual(expect.arrayContaining(truth.slice(0, lines.length)))
      expect(lines.slice(0, truth.length)).toEqual(truth.slice(0, lines.length))
    }),
  )
})

test('a run that is older than what is loaded does not come in on top', () => {
  const run = (id: string, createdAtMs: number) => summaryOf('etl', '', { dagRunId: id, createdAtMs })
  const pages = [{ dagRuns: [run('c', 3), run('b', 2)], nextCursor: 'x' }] as DAGRunPage[]
  expect(patchRunPages(pages, { items: [run('a', 1)], removed: [] }, () => true)).toEqual(pages)
})
