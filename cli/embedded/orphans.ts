// What a killed host has left running on its state folder. Promise: whoever holds the folder's lock finds it, also where it was
// started again by itself since; no step is ever among it.
import { realpathSync } from 'node:fs'
import { hasEnvironEntry, listProcesses } from '@edgedag/runner-agent/process/proc'
import { lockHolder } from '@edgedag/runner-agent/state/lock'
import { statePaths as agentPaths } from '@edgedag/runner-agent/state/paths'
import type { StatePaths } from './paths.ts'
import { childrenNamed, commandOf, endProcess, type ProcessIdentity } from './process-identity.ts'

/** Environment of a control plane: the folder with its data. Every process of it inherits the name, whoever started it again. */
export const DATA_MARK = 'EDGEDAG_DATA_DIR'

const GRACE_MS = 5_000

/** Ends the control plane and the agent that still use the folder. Two control planes on the same files would spoil them. */
export async function endOrphans(paths: StatePaths): Promise<void> {
  const agent = lockHolder(agentPaths(paths.agent).lock)
  const orphans = [...controlPlanesOn(paths.data), ...(agent ? [agent] : [])]
  await Promise.all(orphans.map(orphan => endProcess(orphan, GRACE_MS)))
}

/**
 * A child of this process is none: several hosts may live in one process, and the mark in its environment, which they share, may be
 * the one of another host by the time that a control plane is spawned.
 */
function controlPlanesOn(dataDir: string): ProcessIdentity[] {
  const mark = Buffer.from(`${DATA_MARK}=${realpathSync(dataDir)}`)
  const own = new Set(childrenNamed('workerd').map(({ pid }) => pid))
  return listProcesses().filter(
    ({ pid }) => !own.has(pid) && commandOf(pid) === 'workerd' && hasEnvironEntry(pid, mark),
  )
}
