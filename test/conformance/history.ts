// What the history of a case's DAG holds when all is over.
import type { ApiClient } from '../../cli/client/api-client.ts'
import type { Expectation } from './case-file.ts'
import type { Run } from './observe.ts'

const LIMIT_MS = 5_000
const POLL_MS = 100

/** `run_ids` and `run_count`; what is removed goes a moment after the run that removes it. */
export async function checkHistory(
  expect: Pick<Expectation, 'run_ids' | 'run_count'>,
  o: { client: ApiClient; file: string; id(name: string): string },
): Promise<string[]> {
  if (expect.run_ids === undefined && expect.run_count === undefined) return []
  const wanted = expect.run_ids?.map(name => o.id(name)).sort()
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    const listed = await o.client.get<{ dagRuns: Run[] }>(`/dags/${encodeURIComponent(o.file)}/dag-runs`)
    const have = listed.dagRuns.map(run => run.dagRunId).sort()
    const out: string[] = []
    if (expect.run_count !== undefined && have.length !== expect.run_count)
      out.push(`expected ${expect.run_count} runs, got ${have.length}`)
    if (wanted && have.join() !== wanted.join()) out.push(`runs: expected ${wanted}, got ${have}`)
    if (out.length === 0 || performance.now() > deadline) return out
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}
