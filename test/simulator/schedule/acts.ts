// What people do to an installation while it works: they edit DAGs, stop queues for a while, and let runs that wait go before others.
import { hashText, Random } from '../sim/random.ts'

export type Act =
  | { at: number; kind: 'edit'; dag: number }
  | { at: number; kind: 'pause'; queue: string; ms: number }
  /** Moved to the front of its queue, or given a high priority: it goes before those that waited then. */
  | { at: number; kind: 'first' | 'urgent'; queue: string; run: number }

const SPREAD_MS = 45_000

export interface ActsOf {
  dags: readonly { queue: string | null }[]
  queues: readonly { name: string }[]
  runs: readonly { dag: number; mode: string; at: number }[]
}

export function planActs(seed: string, { dags, queues, runs }: ActsOf): Act[] {
  const random = new Random(hashText(`${seed}/acts`))
  const acts: Act[] = []
  for (let i = random.int(4); i > 0; i--)
    acts.push({ at: random.int(SPREAD_MS), kind: 'edit', dag: random.int(dags.length) })
  for (const { name: queue } of queues) {
    if (random.chance(0.25))
      acts.push({ at: random.int(SPREAD_MS), kind: 'pause', queue, ms: random.pick([500, 8_000, 30_000]) })
    const waiting = runs.flatMap(({ dag, mode }, run) =>
      mode === 'enqueue' && dags[dag]!.queue === queue ? [run] : [],
    )
    if (waiting.length < 2 || random.chance(0.5)) continue
    const run = random.pick(waiting)
    // While it waits, if it does.
    const at = runs[run]!.at + random.int(random.chance(0.5) ? 200 : 4_000)
    acts.push({ at, kind: random.chance(0.5) ? 'first' : 'urgent', queue, run })
  }
  return acts
}

/** The text of a DAG after its `n`th edit: what its steps do stays as it was. */
export function editedText(text: string, n: number): string {
  if (n === 0) return text
  const [first, ...rest] = text.split('\n---\n')
  return [JSON.stringify({ ...JSON.parse(first!), description: editName(n) }), ...rest].join('\n---\n')
}

export const editName = (n: number): string => (n === 0 ? '' : `edit ${n}`)
