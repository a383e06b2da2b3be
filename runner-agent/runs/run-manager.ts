// All runs of the host: hands frames to their executors, rebuilds them after a restart, and keeps the journal from growing.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FrameOrder } from '@edgedag/core/protocol/frame-order'
import type { Hello, RunFrame } from '@edgedag/core/protocol/frames'
import type { Dag } from '@edgedag/core/spec/dag'
import type { JournalRecord } from '../journal/records.ts'
import type { FollowKey } from '../logs/follow.ts'
import { currentBootId } from '../process/proc.ts'
import { artifactsDirOf, pathsOf } from './dag-folder.ts'
import type { AgentHost } from './host.ts'
import { afterReboot, applyRecord, newHostRun, snapshotRecord } from './host-run.ts'
import type { HostRun } from './host-run-state.ts'
import { RunExecutor } from './run-executor.ts'
import { stepFiles } from './step-files.ts'
import { readStoredRun } from './stored-run.ts'
import { nodesOf } from './world.ts'

/** The journal is rewritten when it has grown by so much since the last time. */
const COMPACT_BYTES = 4 * 1024 * 1024
const RUN_ID = /^[-a-zA-Z0-9_]{1,64}$/

export class RunManager {
  readonly #host: AgentHost
  readonly #runs = new Map<string, RunExecutor>()
  readonly #order = new FrameOrder()
  #compactAt = COMPACT_BYTES

  constructor(host: AgentHost) {
    this.#host = host
  }

  /** Takes up what an earlier agent left. */
  restore(records: readonly JournalRecord[]): void {
    const runs = foldRecords(records)
    const boot = records.findLast(record => record.k === 'boot')?.boot
    const rebooted = boot !== undefined && boot !== currentBootId()
    for (const run of runs.values()) {
      if (rebooted) afterReboot(run, this.#host.now())
      this.#runs.set(run.runId, this.#executor(run))
    }
    // The new numbers become durable together with the new boot.
    this.#compact()
    for (const executor of [...this.#runs.values()]) executor.restore()
    if (runs.size > 0) this.#host.log('info', 'runs taken up again', { runs: runs.size })
  }

  /** What a hello says about this host. */
  helloRuns(): Hello['runs'] {
    return [...this.#runs.values()].map(executor => ({ runId: executor.run.runId, plans: executor.plans() }))
  }

  take(arrived: RunFrame): void {
    const frame = this.#order.pass(arrived)
    if (frame === null) return
    const executor = this.#runs.get(frame.runId)
    if (executor) executor.take(frame)
    else if (frame.plans !== undefined || frame.stop !== undefined || frame.context !== undefined) {
      const created = this.#executor(newHostRun(frame.runId))
      this.#runs.set(frame.runId, created)
      created.take(frame)
    }
    if (this.#host.journal.bytes > this.#compactAt) this.#compact()
  }

  /** After a long silence: each run waits for its Run's answer to the hello before it starts anything new. */
  doubt(): void {
    for (const executor of this.#runs.values()) executor.doubt()
  }

  /** After a welcome: everything unanswered is sent again. */
  resend(): void {
    for (const executor of this.#runs.values()) executor.resend()
  }

  /** Deletes what is kept of these runs; one that still runs is ended. */
  forget(runIds: readonly string[]): void {
    for (const runId of runIds) {
      if (!RUN_ID.test(runId)) continue
      const stored = readStoredRun(this.#host.paths.runs, runId)
      this.#runs.get(runId)?.abandon()
      if (stored) {
        const paths = pathsOf(this.#host, stored)
        rmSync(paths.logsDir, { recursive: true, force: true })
        const artifactsDir = artifactsDirOf(this.#host, stored, paths)
        if (artifactsDir !== undefined) rmSync(artifactsDir, { recursive: true, force: true })
      }
      rmSync(join(this.#host.paths.runs, runId), { recursive: true, force: true })
    }
  }

  /** Path of a log as the world sees it; undefined when this host knows nothing of it. */
  logPath({ runId, step, attempt, stream }: FollowKey): string | undefined {
    const executor = this.#runs.get(runId)
    if (executor) return executor.logPath(step, attempt, stream)
    if (!RUN_ID.test(runId)) return undefined
    const stored = readStoredRun(this.#host.paths.runs, runId)
    if (stored === undefined || stored.secret === true) return undefined
    const dag = stored.context.dag as Dag
    const node = nodesOf(dag).get(step)
    if (node === undefined) return undefined
    const files = stepFiles(pathsOf(this.#host, stored), dag, node.step, step, attempt)
    const path = stream === 'stdout' ? files.stdout : files.stderr
    return existsSync(path) ? path : undefined
  }

  get size(): number {
    return this.#runs.size
  }

  close(): void {
    for (const executor of this.#runs.values()) executor.close()
    this.#runs.clear()
  }

  #executor(run: HostRun): RunExecutor {
    return new RunExecutor(this.#host, run, () => this.#runs.delete(run.runId))
  }

  #compact(): void {
    const snapshots = [...this.#runs.values()].map(executor => snapshotRecord(executor.run))
    this.#host.journal.rewrite([{ k: 'boot', run: '', boot: currentBootId() }, ...snapshots])
    this.#compactAt = this.#host.journal.bytes + COMPACT_BYTES
  }
}

/** States of the runs that a journal leaves behind. */
export const foldRecords = (records: readonly JournalRecord[]): Map<string, HostRun> => {
  const runs = new Map<string, HostRun>()
  for (const record of records) {
    if (record.k === 'boot') continue
    if (record.k === 'gone') {
      runs.delete(record.run)
      continue
    }
    let run = runs.get(record.run)
    if (run === undefined) {
      run = newHostRun(record.run)
      runs.set(record.run, run)
    }
    applyRecord(run, record)
  }
  return runs
}
