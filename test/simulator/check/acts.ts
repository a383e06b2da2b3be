// What people did to the installation, and what must follow from it. Promise: what was confirmed counts for everything that began
// after it, whoever was reset or not reached meanwhile.
import { runObjectName } from '@edgedag/worker/objects/names'
import { sha256Hex } from '@edgedag/worker/store/hash'
import { editName } from '../schedule/acts.ts'
import type { WorldPlan } from '../schedule/world-plan.ts'
import type { ControlPlane } from '../sim/control-plane.ts'
import type { History } from './history.ts'
import type { TrueRun, Truth } from './truth.ts'

/** Asked for and, once a yes was heard, confirmed (virtual times). */
interface Asked {
  asked: number
  confirmed: number
}

interface Ahead extends Asked {
  queue: string
  runId: string
  /** Who waited in the queue when it was asked for; the word of others may still be on its way. */
  before: ReadonlySet<string>
}

type ItemRow = { run_id: string; priority: string; enqueued_at: number; admitted_at: number; hold: number }

export class ActTruth {
  readonly #plane: ControlPlane
  readonly #truth: Truth
  readonly #plan: WorldPlan
  readonly #edits = new Map<number, Asked[]>()
  readonly #pauses: (Asked & { queue: string; until: number })[] = []
  readonly #ahead: Ahead[] = []

  constructor(plane: ControlPlane, truth: Truth, plan: WorldPlan) {
    this.#plane = plane
    this.#truth = truth
    this.#plan = plan
  }

  /** The number of the edit, from 1 on. */
  edit(dag: number): { n: number; record: Asked } {
    const edits = this.#edits.get(dag) ?? []
    this.#edits.set(dag, edits)
    const record = this.#asked()
    return { n: edits.push(record), record }
  }

  pause(queue: string): Asked & { until: number } {
    const record = { ...this.#asked(), queue, until: Number.POSITIVE_INFINITY }
    this.#pauses.push(record)
    return record
  }

  ahead(queue: string, runId: string): Asked {
    const { sql } = this.#plane.object('queue', queue)
    const rows = sql.read<{ run_id: string }>('SELECT run_id FROM item WHERE hold = 0')
    const record = { ...this.#asked(), queue, runId, before: new Set(rows.map(row => row.run_id)) }
    this.#ahead.push(record)
    return record
  }

  #asked(): Asked {
    return { asked: this.#plane.loop.now, confirmed: Number.POSITIVE_INFINITY }
  }

  /** Whenever a process is started: its run had its place in a queue by right. */
  spawned({ runId }: TrueRun): void {
    const queue = this.#queueOf(runId)
    if (queue === null || this.#plane.hasJumped) return
    const row = this.#item(queue, runId)
    if (row === undefined || row.hold === 0) return
    const at = row.admitted_at
    for (const pause of this.#pauses)
      if (pause.queue === queue && at > pause.confirmed + 1 && at < pause.until - 1)
        this.#truth.violate(runId, `it was admitted by ${queue}, which was paused`)
    // What goes on after a wait comes before what is new, whoever was put first.
    if (row.priority === 'high') return
    for (const { queue: name, runId: other, asked, confirmed, before } of this.#ahead) {
      if (name !== queue || !before.has(runId) || other === runId || at <= confirmed + 1 || row.enqueued_at >= asked)
        continue
      const waiting = this.#item(queue, other)
      if (waiting?.hold === 0 && waiting.enqueued_at < asked)
        this.#truth.violate(runId, `it was admitted by ${queue} before ${other}, which was put before it`)
    }
  }

  #queueOf(runId: string): string | null {
    const planned = this.#plan.runs.find(run => run.runId === runId)
    return planned === undefined ? null : (this.#plan.dags[planned.dag]?.queue ?? null)
  }

  #item(queue: string, runId: string): ItemRow | undefined {
    return this.#plane
      .object('queue', queue)
      .sql.read<ItemRow>('SELECT run_id, priority, enqueued_at, admitted_at, hold FROM item WHERE run_id = ?', runId)[0]
  }

  /** A run is made of a text that was the DAG's while its start was asked for, and keeps it. */
  *madeOf(dag: number, start: Asked, history: History): Generator<string> {
    const json = history.dagJson() ?? this.#pinned(history)
    if (json === null) return yield 'its pinned definition is gone'
    const hash = history.entries[0]?.changes.head.spec?.dagHash
    if (sha256Hex(json) !== hash) yield 'its definition is not the one that it was accepted with'
    const edits = this.#edits.get(dag) ?? []
    const names = edits.flatMap((edit, i) => {
      const isReplaced = (edits[i + 1]?.confirmed ?? Number.POSITIVE_INFINITY) < start.asked
      return edit.asked <= start.confirmed && !isReplaced ? [editName(i + 1)] : []
    })
    if ((edits[0]?.confirmed ?? Number.POSITIVE_INFINITY) >= start.asked) names.push('')
    const { description } = JSON.parse(json) as { description: string }
    if (!names.includes(description)) yield `it is made of "${description}", and not of one of "${names.join('", "')}"`
  }

  #pinned({ entries }: History): string | null {
    const spec = entries[0]?.changes.head.spec
    if (spec === undefined) return null
    const { sql } = this.#plane.object('run', runObjectName(spec.runId, this.#plane.settings.runPool))
    const rows = sql.read<{ json: string }>('SELECT json FROM pin WHERE hash = ? ORDER BY part', spec.dagHash)
    return rows.length === 0 ? null : rows.map(row => row.json).join('')
  }
}
