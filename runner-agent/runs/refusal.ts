// Why a plan cannot be begun on this host as it is now.
import type { Plan } from '@edgedag/core/protocol/plans'
import type { AgentHost } from './host.ts'
import type { RunWorld } from './world.ts'

/** Undefined: it can. `world`: what the host knows of the run. */
export const refusalOf = (
  { items }: Plan,
  world: RunWorld | undefined,
  { running, capacity }: AgentHost,
): { reason: 'refused' | 'unprepared'; error: string } | undefined => {
  if (world === undefined) return { reason: 'unprepared', error: 'this host does not have the context of the run' }
  // A mail about the run needs no scope: it may tell that there is none.
  const needsScope = items[0]?.kind === 'step' && items[0].mail === undefined
  if (world.scope === undefined && needsScope)
    return { reason: 'unprepared', error: 'the run is not prepared on this host' }
  if (running.count < capacity) return undefined
  return { reason: 'refused', error: `this host runs ${running.count} steps, as many as it may` }
}
