// Runners that ought to be here and are not.
import type { AlertDraft } from '@edgedag/core/schedule/alerts'
import type { ObjectHost } from '../../host/port.ts'
import { type Kinds, type RunnerRecord, SINGLETON } from '../contracts.ts'

/** Reconnections after a deploy, a restart of the host, an update of the agent take less than this. */
const GONE_MS = 5 * 60_000
const MOST_ASKED = 40

/** Since when each runner has been found away, kept over the object's own loss of memory. */
export interface AwayTimes {
  get(): Record<string, number>
  set(times: Record<string, number>): void
}

/**
 * An alert for each enrolled runner that has been away for five minutes in which the control plane was there; one that was told (`told`:
 * its key) holds until the runner is back, whatever breaks the control plane has.
 */
export async function runnerAlerts(
  host: ObjectHost<Kinds>,
  times: AwayTimes,
  told: ReadonlySet<string>,
): Promise<AlertDraft[]> {
  const now = host.now()
  const directory = host.object('directory', SINGLETON)
  const [enrolled, awakeSince] = await Promise.all([directory.runners(), directory.awakeSince()])
  const expected = enrolled.filter(runner => runner.revokedAt === null && runner.drainingSince === null)
  const here = new Set((await host.object('fleet', SINGLETON).runners()).map(runner => runner.runnerId))
  const away = expected.filter(({ runnerId }) => !here.has(runnerId)).slice(0, MOST_ASKED)
  const before = times.get()
  const since = Object.fromEntries(away.map(({ runnerId }) => [runnerId, before[runnerId] ?? now]))
  if (JSON.stringify(since) !== JSON.stringify(before)) times.set(since)
  const gone = away.filter(
    ({ runnerId }) => told.has(keyOf(runnerId)) || now - Math.max(since[runnerId]!, awakeSince) >= GONE_MS,
  )
  return (await Promise.all(gone.map(runner => alertOf(host, runner, since[runner.runnerId]!)))).filter(
    draft => draft !== null,
  )
}

const keyOf = (runnerId: string): string => `runner_gone/${runnerId}`

/** `foundAway`: when it was first looked for in vain. */
async function alertOf(host: ObjectHost<Kinds>, runner: RunnerRecord, foundAway: number): Promise<AlertDraft | null> {
  const { runnerId, name } = runner
  if ((await host.object('runner', runnerId).status()).connected) return null
  const since = `${new Date(foundAway).toISOString().slice(0, 19)}Z`
  return {
    key: keyOf(runnerId),
    kind: 'runner_gone',
    severity: 'warning',
    title: `The runner ${name} is gone`,
    detail: `it has been away since about ${since}; look whether its agent runs and reaches this server, or revoke it`,
    runnerId,
  }
}
