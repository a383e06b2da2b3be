// Since when the control plane has been at work without a break. Promise: time in which its host slept (a closed laptop, a paused
// machine) is told from time in which nothing happened; nothing is written while it is awake.
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'

/** It looks once a minute: without a look for so long it was not there. */
const MINUTE_MS = 60_000
const BREAK_MS = 3 * MINUTE_MS
/** So often every Dag is asked, whatever the Index knows of it, and it is noted that this was done. */
export const NOTED_MS = 10 * MINUTE_MS

export class Awake {
  readonly #host: ObjectHost<Kinds>
  #lastLook: number | null = null

  /** The tables are those of the Directory: made before. */
  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  /** Called at least once a minute. */
  look(): void {
    const now = this.#host.now()
    const last = this.#lastLook ?? this.#sweptAt ?? now
    const breakMs = this.#lastLook === null ? NOTED_MS + BREAK_MS : BREAK_MS
    const between = now - last
    this.#lastLook = now
    // A clock that was set back is no less a break: times that were noted by it lie ahead.
    if (between > breakMs || between < -MINUTE_MS)
      this.#host.sql.exec("INSERT OR REPLACE INTO mark (name, value) VALUES ('awake', ?)", now)
  }

  /** When every Dag was asked last: what is known of an instance before this one. */
  get #sweptAt(): number | undefined {
    return this.#host.sql.exec<{ value: number }>("SELECT value FROM mark WHERE name = 'sweep'")[0]?.value
  }

  /** The end of the last break, or the start of the control plane, epoch ms; 0: none is known. */
  get since(): number {
    const woke = this.#host.sql.exec<{ value: number }>("SELECT value FROM mark WHERE name = 'awake'")[0]?.value ?? 0
    // One that lies ahead was noted by a clock that has been set back since.
    return Math.max(...[woke, this.#host.settings.bootedAt].filter(at => at <= this.#host.now()), 0)
  }
}
