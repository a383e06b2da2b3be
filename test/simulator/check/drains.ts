// Hosts that are out of service. Promise: what was taken out of service for sure is given nothing new.
import type { JournalEntry } from '@edgedag/core/run/checkpoint'

/** A grant that was on its way when the host was taken out of service may still arrive so much later. */
const ON_ITS_WAY_MS = 25_000

export interface Drained {
  runnerId: string
  /** Answered; null: not yet. */
  since: number | null
  /** Asked to be back in service. */
  until: number | null
}

export class Drains {
  readonly #all: Drained[] = []
  readonly #open = new Set<string>()

  /** Null: it is out of service already. */
  begin(runnerId: string): Drained | null {
    if (this.#open.has(runnerId)) return null
    this.#open.add(runnerId)
    const drained: Drained = { runnerId, since: null, until: null }
    this.#all.push(drained)
    return drained
  }

  end(runnerId: string): void {
    this.#open.delete(runnerId)
  }

  *check(entries: readonly JournalEntry[]): Generator<string> {
    for (const { at, event } of entries) {
      const assignment = event.type === 'assigned' || event.type === 'accepted' ? event.assignment : undefined
      if (assignment === undefined) continue
      const isOut = this.#all.some(
        ({ runnerId, since, until }) =>
          runnerId === assignment.runnerId &&
          since !== null &&
          at > since + ON_ITS_WAY_MS &&
          at < (until ?? Number.POSITIVE_INFINITY),
      )
      if (isOut) yield `it was given room on ${assignment.runnerId}, which is out of service`
    }
  }
}
