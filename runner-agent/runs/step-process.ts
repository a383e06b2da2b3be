// One process of a step: started once, or found again after a restart of the agent; ended together with all that came from it.
import { adoptStep, inspectStep } from '../process/adopt.ts'
import { stopStep } from '../process/stop.ts'
import type { StepExit, StepHandle, StepIdentity, StepRequest } from '../process/types.ts'
import type { AgentHost } from './host.ts'
import type { Interruption } from './interruption.ts'

export interface ProcessOptions {
  /** Of the attempt; the process adds its number. */
  key: string
  /** Path of the attempt; the first process uses it itself, further ones add their number. */
  dir: string
  index: number
  request: Omit<StepRequest, 'key' | 'dir'>
  interruption: Interruption
  signal: NodeJS.Signals
  maxCleanUpMs: number
  /** An earlier agent may have started it. */
  restored: boolean
  /** The host has restarted since: not all that was written before is on its disk. */
  rebooted: boolean
  /** Waits until the control plane is heard; false: it is not to start any more. */
  mayStart(): Promise<boolean>
  started(identity: StepIdentity): void
}

/**
 * Runs a process to its end. What an earlier agent started is adopted; what it never started is started once the control plane
 * is heard, unless the host has restarted meanwhile: then nobody knows, and it is lost.
 */
export const runProcess = async (host: AgentHost, options: ProcessOptions): Promise<StepExit> => {
  const { restored } = options
  for (let again = 0; ; again++) {
    const suffix = (options.index === 0 ? '' : `-${options.index}`) + (again === 0 ? '' : `+${again}`)
    const dir = options.dir + suffix
    const key = `${options.key}${suffix}`
    const known = restored && inspectStep(dir).state !== 'unknown'
    if (restored && !known) {
      if (options.rebooted)
        return { exitCode: -1, lost: true, error: 'the host restarted when the step had just been started' }
      if (!(await options.mayStart())) return { exitCode: -1, notStarted: true }
    }
    const handle = known ? adoptStep(key, dir) : host.processes.startStep({ key, dir, ...options.request })
    const exit = await supervise(handle, options)
    // Withdrawn before it started: no process has ever been there, so it may be started in a folder of its own.
    if (!(known && exit.notStarted)) return exit
    if (options.interruption.cause) return exit
  }
}

const supervise = async (handle: StepHandle, options: ProcessOptions): Promise<StepExit> => {
  const { interruption, signal, maxCleanUpMs } = options
  let stopping: Promise<unknown> | undefined
  const stop = (): void => {
    stopping = handle.started.then(identity => identity && stopStep(handle.key, identity, { signal, maxCleanUpMs }))
  }
  void handle.started.then(identity => identity && options.started(identity))
  const release = interruption.onInterrupt(stop)
  const exit = await handle.exited
  release()
  // The step's own process may be dead while something it left behind still lives.
  await stopping
  return exit
}
