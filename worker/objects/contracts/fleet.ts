// What others may ask of the Fleet: room on runners.
export interface FleetApi {
  /** A runner said hello or went away. */
  runnerUp(runner: {
    runnerId: string
    hostname: string
    labels: Record<string, string>
    capacity: number
    used: number
    /** Runs whose plans it carries, for a Fleet that has forgotten its grants. */
    runs?: string[]
    /** Moment of the hello: a later word about an earlier connection changes nothing. */
    since: number
  }): void
  /** The connection of that hello is over. */
  runnerDown(runnerId: string, since: number): void
  /** Room now, or null with the reason; `wait` leaves a row, and roomGranted follows. */
  acquire(request: {
    runId: string
    count: number
    /** The run stays with this runner: its id, or the name under which it was enrolled. */
    runnerId?: string
    selector?: Record<string, string>
    /** What the run calls the place that it needs room for; the answer names it. */
    place?: string
    /** Not the main instance. */
    workersOnly?: boolean
    wait: boolean
    /**
     * Room that the Run holds on its runner, as of its journal number `seq`. What Fleet remembers beyond it came from answers or
     * releases that were lost; an older number corrects nothing.
     */
    held: number
    seq: number
  }): { runnerId: string; hostname: string; room: number; place?: string } | { reason: string }
  /** `held`: what the Run keeps there after this, as of `seq`. */
  release(request: { runId: string; runnerId: string; held: number; seq: number }): void
  runners(): {
    runnerId: string
    hostname: string
    labels: Record<string, string>
    capacity: number
    used: number
    connectedAt: number
    draining: boolean
  }[]
  /** A draining runner is given no new work; what it has goes on. */
  drain(runnerId: string, on: boolean): void
}
