// What a run's executor needs from its agent: one object handed down, so that nothing in runs/ knows sockets or timers of the
// connection.
import type { HostEnv } from '@edgedag/core/expr/run-scope'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { Limiter } from '../logs/limiter.ts'
import type { Shipper } from '../logs/shipper.ts'
import type { ProcessHost } from '../process/process-host.ts'
import type { HostKey } from '../secrets/host-key.ts'
import type { StatePaths } from '../state/paths.ts'

export interface AgentHost {
  paths: StatePaths
  journal: Journal
  processes: ProcessHost
  shipper: Shipper
  /** Artifacts on their way. */
  uploads: Limiter
  runnerId: string
  log: Logger
  hostEnv: HostEnv
  /** Further host variables that steps may see; a trailing `*` makes a prefix. */
  passthrough: readonly string[]
  capacity: number
  /** Bytes of a log stream that are kept; absent: all. */
  logCapBytes?: number
  /** Base folder of documents (DAG_DOCS_DIR); absent: unset. */
  docsDir?: string
  /** Resolves when documents are as the control plane has them, or cannot be for now. */
  docsFresh(): Promise<void>
  /** Seals what lies on this host of a run's secrets. */
  hostKey(): HostKey
  credential: string
  url: string
  /** Epoch ms by the control plane's clock, as far as known. */
  now(): number
  /** Sends a frame; false: not connected. */
  send(text: string): boolean
  /** Undefined: something new may start; else resolves when it may be looked at again. */
  whenFresh(): Promise<void> | undefined
  /** Steps that hold a place now. */
  running: { count: number }
}
