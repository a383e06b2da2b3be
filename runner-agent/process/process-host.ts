// Runs processes that outlive this agent. One per agent: `startStep` for a new process, `adoptStep` (adopt.ts) for one that
// an earlier agent started, `stopStep` (stop.ts) for either.

import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder } from '../state/make-folder.ts'
import { type AdoptOptions, adoptStep } from './adopt.ts'
import { UnusableRequest } from './check-request.ts'
import { type Clock, systemClock } from './clock.ts'
import { type JobOptions, renderJob } from './job-file.ts'
import { type Lane, LanePool } from './lane-pool.ts'
import { LANE_PROBE } from './lane-spawner.ts'
import { currentBootId, hasProc } from './proc.ts'
import { openRuntimeDir, type RuntimeDir } from './runtime-dir.ts'
import { Spawner } from './spawner.ts'
import { recordAsked, toExit } from './step-files.ts'
import { prepareTee, runTee } from './tee.ts'
import type { StepExit, StepHandle, StepIdentity, StepRequest } from './types.ts'

export interface ProcessHostOptions {
  /** Which shell owns steps; by default bash where version 5 is installed (and there is a /proc), else a wrapper per step in sh. */
  shell?: 'bash' | 'sh'
  clock?: Clock
  /** Where the jobs of lanes (environments, secrets too) lie while they are needed; by default in memory. */
  runtimeParent?: string
  /** Where the supervision of a step falls back to its files. */
  adopt?: AdoptOptions
  maxIdleLanes?: number
  idleLaneMs?: number
}

type ShellOptions = Omit<JobOptions, 'manyPath' | 'runPath'>

interface Running {
  lane: Lane
  dir: string
  key: string
  started(identity: StepIdentity | undefined): void
  exited(exit: StepExit): void
}

export class ProcessHost {
  readonly #shell: 'bash' | 'sh'
  readonly #clock: Clock
  readonly #adopt: AdoptOptions
  readonly #spawner: Spawner
  readonly #pool: LanePool
  readonly #bootId = currentBootId()
  readonly #jobOptions: ShellOptions
  readonly #runtime: RuntimeDir
  readonly #running = new Map<string, Running>()

  constructor(options: ProcessHostOptions = {}) {
    this.#runtime = openRuntimeDir(options.runtimeParent)
    this.#shell = options.shell ?? (hasProc && hasLanes(this.#runtime.path) ? 'bash' : 'sh')
    this.#jobOptions = jobOptions(this.#shell)
    this.#clock = options.clock ?? systemClock
    this.#adopt = { clock: this.#clock, ...options.adopt }
    this.#spawner = new Spawner(
      { line: (lane, text) => this.#said(lane, text), gone: lane => this.#gone(lane) },
      this.#shell,
      this.#runtime.path,
    )
    this.#pool = new LanePool({
      open: () => this.#spawner.open(),
      close: id => this.#closeLane(id),
      clock: this.#clock,
      reusable: this.#shell === 'bash',
      ...(options.maxIdleLanes === undefined ? {} : { maxIdle: options.maxIdleLanes }),
      ...(options.idleLaneMs === undefined ? {} : { idleMs: options.idleLaneMs }),
    })
  }

  /** Steps started here that have not ended. */
  get runningCount(): number {
    return this.#running.size
  }

  get spawnerPid(): number | undefined {
    return this.#spawner.pid
  }

  /** Starts the spawner and one lane ahead of the first step. */
  warm(): void {
    this.#spawner.start()
    if (this.#shell === 'bash' && this.#pool.idleCount === 0) this.#pool.give(this.#pool.take(undefined))
  }

  /**
   * Starts a process. Never throws: a request that cannot be run ends with exit code 1, `notStarted` and an `error`.
   * `request.dir` must be new: an attempt is started once. A step of several commands is several requests, each with a `dir`
   * of its own, and with the same key and log files.
   */
  startStep(request: StepRequest): StepHandle {
    let started: Running['started'] = () => {}
    let exited: Running['exited'] = () => {}
    const startedPromise = new Promise<StepIdentity | undefined>(resolve => {
      started = resolve
    })
    const ended = new Promise<StepExit>(resolve => {
      exited = resolve
    })
    const { key, dir } = request
    const problem = this.#submit(request, started, exited)
    if (problem !== undefined) {
      started(undefined)
      exited({ exitCode: 1, notStarted: true, error: problem })
    }
    return { key, dir, started: startedPromise, exited: request.tee ? runTee(dir, ended, this.#clock) : ended }
  }

  #submit(request: StepRequest, started: Running['started'], exited: Running['exited']): string | undefined {
    const { dir, key } = request
    try {
      this.#runtime.restore()
    } catch (error) {
      return `the folder for jobs is gone and cannot be made again: ${(error as Error).message}`
    }
    const lane = this.#pool.take(request.affinity)
    const problem = this.#writeFiles(request, lane)
    if (problem !== undefined) {
      this.#pool.give(lane)
      return problem
    }
    this.#running.set(lane.id, { lane, dir, key, started, exited })
    this.#spawner.run(lane.id)
    return undefined
  }

  /** All that the lane reads for this job; why it could not be written, or undefined. */
  #writeFiles(request: StepRequest, lane: Lane): string | undefined {
    const { dir } = request
    const files = jobPaths(this.#runtime.path, lane.id)
    const isLost = lane.variables.many !== undefined && !existsSync(files.manyPath)
    const before = isLost ? { exported: lane.variables.exported } : lane.variables
    // Until the files are written, nobody knows what the one of many variables sets.
    lane.variables = { exported: before.exported }
    try {
      const job = renderJob(request, before, { ...this.#jobOptions, ...files })
      for (const folder of new Set([dir, request.stdoutPath, request.stderrPath].map(path => dirname(path))))
        makeFolder(folder)
      recordAsked(dir)
      prepareTee(request)
      if (job.second) {
        writeFileSync(files.manyPath, job.second.many, { mode: 0o600, flag: job.second.append ? 'a' : 'w' })
        writeFileSync(files.runPath, job.second.run, { mode: 0o600 })
      }
      writeFileSync(files.jobPath, job.text, { mode: 0o600 })
      lane.variables = job.lane
      return undefined
    } catch (error) {
      if (error instanceof UnusableRequest) return error.message
      return `the files of the step could not be prepared: ${(error as Error).message}`
    }
  }

  /** Ends the spawner and lets lanes end by themselves. Processes go on; their handles here end with what the files say. */
  async close(): Promise<void> {
    this.#pool.closeAll()
    await this.#spawner.close()
    if (this.#running.size === 0) this.#runtime.remove()
  }

  #said(laneId: string, text: string): void {
    const step = this.#running.get(laneId)
    if (!step) return
    const [word, a = '', b = '', c = '', d = ''] = text.split(' ')
    if (word === 'S') {
      step.started({ pid: +a, pgid: +b, startTime: c, wrapperPid: +d, bootId: this.#bootId })
      return
    }
    if (word !== 'X' && word !== 'N') return
    this.#running.delete(laneId)
    if (word === 'X') {
      this.#pool.give(step.lane)
      step.started(undefined)
      step.exited(toExit(+a, +b))
      return
    }
    // What it exports now is not known.
    this.#closeLane(laneId)
    step.started(undefined)
    step.exited({ exitCode: 1, notStarted: true, error: 'the step was withdrawn before it started' })
  }

  /** What its jobs were told (environments, secrets too) goes with it. */
  #closeLane(laneId: string): void {
    this.#spawner.closeLane(laneId)
    for (const path of Object.values(jobPaths(this.#runtime.path, laneId))) rmSync(path, { force: true })
  }

  #gone(laneId: string): void {
    this.#pool.forget(laneId)
    const step = this.#running.get(laneId)
    if (!step) return
    this.#running.delete(laneId)
    const adopted = adoptStep(step.key, step.dir, this.#adopt)
    void adopted.started.then(step.started)
    void adopted.exited.then(step.exited)
  }
}

function jobPaths(folder: string, laneId: string) {
  const jobPath = join(folder, `job-${laneId}`)
  return { jobPath, manyPath: `${jobPath}-many`, runPath: `${jobPath}-run` }
}

function jobOptions(shell: 'bash' | 'sh'): ShellOptions {
  const envProgram = existsSync('/usr/bin/env') ? '/usr/bin/env' : 'env'
  const small = existsSync('/bin/sh') && !realpathSync('/bin/sh').endsWith('bash')
  return { envProgram, bash: shell === 'bash', ...(small ? { smallShell: '/bin/sh' } : {}) }
}

const hasLanes = (folder: string): boolean =>
  spawnSync('bash', ['--norc', '--noprofile', '-c', LANE_PROBE, 'probe', folder], { stdio: 'ignore' }).status === 0
