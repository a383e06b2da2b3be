// Runs whose state machine fails each time. Promise: after five failures in a row such a run is left alone with its rows untouched,
// is shown as quarantined and alerted, and costs the others of its object nothing; a repair lets it go on from its journal.
import type { ObjectHost } from '../../host/port.ts'
import { type Kinds, type Quarantine, SINGLETON } from '../contracts.ts'

/** Failures in a row. */
const MAX_ROUNDS = 5
const MAX_ERROR_CHARS = 500

export class RunQuarantine {
  readonly #host: ObjectHost<Kinds>
  readonly #failures = new Map<string, number>()
  readonly #held = new Map<string, Quarantine>()

  /** The tables are those of the Run: made before. */
  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    for (const row of host.sql.exec<{ run_id: string; at: number; error: string }>('SELECT * FROM quarantine'))
      this.#held.set(row.run_id, { since: row.at, error: row.error })
  }

  /** Null: it is well, as far as is known. */
  of(runId: string): Quarantine | null {
    return this.#held.get(runId) ?? null
  }

  has(runId: string): boolean {
    return this.#held.has(runId)
  }

  /** It took something in. */
  well(runId: string): void {
    if (this.#failures.size > 0) this.#failures.delete(runId)
  }

  failed(run: { runId: string; dagName: string; fileName: string }, error: unknown): void {
    const { runId } = run
    const rounds = (this.#failures.get(runId) ?? 0) + 1
    this.#failures.set(runId, rounds)
    console.error(`run ${runId} failed at what it was told (${rounds})`, error)
    if (rounds < MAX_ROUNDS || this.#held.has(runId)) return
    const held = {
      since: this.#host.now(),
      error: String((error as Error)?.message ?? error).slice(0, MAX_ERROR_CHARS),
    }
    this.#host.sql.exec(
      'INSERT OR REPLACE INTO quarantine (run_id, at, error) VALUES (?, ?, ?)',
      runId,
      held.since,
      held.error,
    )
    this.#held.set(runId, held)
    this.#alert(run, held)
  }

  /** It is given another chance; once it was well nothing changes. */
  clear(run: { runId: string; dagName: string; fileName: string }): void {
    this.#failures.delete(run.runId)
    if (!this.#held.delete(run.runId)) return
    this.#host.sql.exec('DELETE FROM quarantine WHERE run_id = ?', run.runId)
    this.#alert(run, null)
  }

  /** It is deleted. */
  forget(runId: string): void {
    this.clear({ runId, dagName: '', fileName: '' })
  }

  #alert({ runId, dagName, fileName }: { runId: string; dagName: string; fileName: string }, held: Quarantine | null) {
    const drafts =
      held === null
        ? []
        : [
            {
              key: `quarantined/${runId}`,
              kind: 'quarantined' as const,
              severity: 'warning' as const,
              title: `A run of ${dagName} is quarantined`,
              detail: quarantineText(held),
              dagName,
              fileName,
              runId,
            },
          ]
    this.#host.background(this.#host.object('alerts', SINGLETON).report(`run/${runId}`, drafts))
  }
}

/** What happened and what to do. */
export const quarantineText = ({ error }: Quarantine): string =>
  `quarantined after ${MAX_ROUNDS} failures (${error}): nothing more is done with it; repair it to let it go on from where it was`
