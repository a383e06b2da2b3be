// The runner agent, put together: state directory, journal, processes, runs, logs and the one connection.
import { arch, hostname, platform, release } from 'node:os'
import { type Hello, PROTOCOL } from '@edgedag/core/protocol/frames'
import { Connection, type Refused, type Welcome } from './connection/connection.ts'
import { enrol } from './connection/enrol.ts'
import { DocSync } from './docs/doc-sync.ts'
import { hostEnvironment } from './host-environment.ts'
import { Journal } from './journal/journal.ts'
import { type Logger, lineLogger } from './logger.ts'
import { Follower } from './logs/follow.ts'
import { Limiter } from './logs/limiter.ts'
import { readLogPart } from './logs/read.ts'
import { Shipper } from './logs/shipper.ts'
import type { AgentOptions } from './options.ts'
import { currentBootId } from './process/proc.ts'
import { ProcessHost } from './process/process-host.ts'
import type { AgentHost } from './runs/host.ts'
import { RunManager } from './runs/run-manager.ts'
import { hostKeyAt } from './secrets/host-key.ts'
import { type Credentials, readCredentials, writeCredentials } from './state/credentials.ts'
import { type Lock, takeLock } from './state/lock.ts'
import { makeFolder } from './state/make-folder.ts'
import { statePaths } from './state/paths.ts'
import { makeRunsFolder } from './state/runs-folder.ts'
import { VERSION } from './version.ts'

/** The agent cannot run, and another try will not change that. */
export class AgentProblem extends Error {}

export interface AgentHandle {
  /** Ends the agent; running steps go on, and the next agent on this state directory takes them up again. */
  stop(): Promise<void>
  /** Rejects when the control plane refuses this agent; resolves after stop. */
  ended: Promise<void>
  runnerId: string
}

export interface AgentSeams {
  log?: Logger
  hostEnv?: Readonly<Record<string, string | undefined>>
}

/**
 * Starts an agent: takes the state directory, enrols when needed, takes up what an earlier agent left, and connects.
 * Throws AgentProblem where it cannot run at all.
 */
export const runAgent = async (options: AgentOptions, seams: AgentSeams = {}): Promise<AgentHandle> => {
  const log = seams.log ?? lineLogger(line => process.stderr.write(line))
  const paths = statePaths(options.stateDir)
  makeRunsFolder(paths.runs)
  makeFolder(paths.artifacts, 0o700)
  const lock = takeLock(paths.lock)
  if (!lock.ok) throw new AgentProblem(`another agent (pid ${lock.error.holder}) uses ${options.stateDir}`)
  try {
    const credentials = await haveCredentials(options, paths.credentials)
    return new Agent(options, credentials, lock.value, log, seams.hostEnv ?? hostEnvironment(process.env)).start()
  } catch (error) {
    lock.value.release()
    throw error
  }
}

const haveCredentials = async (options: AgentOptions, path: string): Promise<Credentials> => {
  const stored = readCredentials(path)
  if (stored !== undefined) return { ...stored, url: options.url }
  if (options.enrol === undefined)
    throw new AgentProblem(
      'this agent is not enrolled yet: make a token in the dashboard (Runners) and give it with --enrol',
    )
  const { url, name, labels } = options
  const answer = await enrol({ url, token: options.enrol, name, labels })
  if (!answer.ok) throw new AgentProblem(answer.error)
  writeCredentials(path, answer.value)
  return answer.value
}

/** Undefined: there is no folder of documents, or it is the control plane's own. */
const docSync = (
  { docsDir, docsShared, url, stateDir }: AgentOptions,
  { credential, runnerId }: Credentials,
  log: Logger,
): DocSync | undefined =>
  docsDir === undefined || docsShared
    ? undefined
    : new DocSync({ docsDir, stateDir, url, credential, runnerId, hostname: hostname(), log })

class Agent {
  readonly #options: AgentOptions
  readonly #credentials: Credentials
  readonly #lock: Lock
  readonly #log: Logger
  readonly #host: AgentHost
  readonly #runs: RunManager
  readonly #connection: Connection
  readonly #follower: Follower
  readonly #docs: DocSync | undefined
  readonly #left: ReturnType<typeof Journal.open>['records']
  #end: (problem?: Error) => void = () => {}
  readonly #ended = new Promise<void>((resolve, reject) => {
    this.#end = problem => (problem === undefined ? resolve() : reject(problem))
  })
  #skewMs = 0

  constructor(
    options: AgentOptions,
    credentials: Credentials,
    lock: Lock,
    log: Logger,
    hostEnv: Readonly<Record<string, string | undefined>>,
  ) {
    this.#options = options
    this.#credentials = credentials
    this.#lock = lock
    this.#log = log
    const paths = statePaths(options.stateDir)
    const { journal, records } = Journal.open(paths.journal, log)
    this.#left = records
    this.#host = {
      paths,
      journal,
      processes: new ProcessHost(),
      shipper: new Shipper(log),
      uploads: new Limiter(CONCURRENT_UPLOADS),
      runnerId: credentials.runnerId,
      log,
      hostEnv,
      passthrough: options.envPassthrough,
      capacity: options.capacity,
      ...(options.logCapBytes === undefined ? {} : { logCapBytes: options.logCapBytes }),
      ...(options.docsDir === undefined ? {} : { docsDir: options.docsDir }),
      docsFresh: async () => this.#docs?.fresh(),
      hostKey: hostKeyAt(paths.hostKey),
      credential: credentials.credential,
      url: options.url,
      now: () => Date.now() + this.#skewMs,
      send: text => this.#connection.send(text),
      whenFresh: () => this.#connection.whenFresh(),
      running: { count: 0 },
    }
    this.#runs = new RunManager(this.#host)
    this.#docs = docSync(options, credentials, log)
    this.#follower = new Follower({
      send: frame => void this.#connection.send(JSON.stringify(frame)),
      bufferedBytes: () => this.#connection.bufferedBytes,
      locate: key => this.#runs.logPath(key),
    })
    this.#connection = new Connection({
      url: options.url,
      credential: credentials.credential,
      log,
      hello: () => this.#hello(),
      welcomed: (frame, silent) => this.#welcomed(frame, silent),
      refused: frame => this.#refused(frame),
      frame: frame => {
        if (frame.type === 'run') this.#taken(frame)
        else if (frame.type === 'forget') this.#forget(frame.runIds)
        else if (frame.type === 'read') this.#read(frame)
        else if (frame.on) this.#follower.follow(keyOf(frame), frame.offset)
        else this.#follower.unfollow(keyOf(frame))
      },
    })
  }

  start(): AgentHandle {
    this.#host.processes.warm()
    this.#runs.restore(this.#left)
    this.#connection.open()
    return { stop: () => this.#stop(), ended: this.#ended, runnerId: this.#credentials.runnerId }
  }

  #hello(): Hello {
    this.#follower.clear()
    return {
      type: 'hello',
      protocol: PROTOCOL,
      version: VERSION,
      bootId: currentBootId(),
      host: { hostname: hostname(), os: `${platform()} ${release()}`, arch: arch() },
      labels: this.#options.labels,
      capacity: this.#options.capacity,
      now: Date.now(),
      runs: this.#runs.helloRuns(),
    }
  }

  #welcomed(frame: Welcome, silent: boolean): void {
    const skewMs = frame.now - Date.now()
    // Small differences are the way of the frame; big ones are a wrong clock on this host.
    this.#skewMs = Math.abs(skewMs) > MIN_SKEW_MS ? skewMs : 0
    if (Math.abs(skewMs) > WARN_SKEW_MS) this.#log('warn', 'the clock of this host is off', { skewMs })
    this.#log('info', 'connected', { url: this.#options.url, runner: frame.runnerId })
    if (silent) this.#runs.doubt()
    this.#runs.resend()
    this.#docs?.anew()
  }

  #taken(frame: FrameOf<'run'>): void {
    this.#runs.take(frame)
    if (frame.end === 'finished') this.#docs?.soon()
  }

  #refused(frame: Refused): void {
    const message =
      frame.code === 'protocol_mismatch'
        ? `the control plane speaks protocol ${frame.server}, this agent (version ${VERSION}) speaks ${frame.agent}: ${frame.message}`
        : frame.message
    this.#log('error', 'refused by the control plane', { code: frame.code, message })
    void this.#stop(new AgentProblem(message))
  }

  /** One that cannot be deleted now is not confirmed: it is asked for again. */
  #forget(runIds: string[]): void {
    const forgotten = runIds.filter(runId => {
      try {
        this.#runs.forget([runId])
        return true
      } catch (error) {
        this.#log('warn', 'a run could not be deleted', { run: runId, error: (error as Error).message })
        return false
      }
    })
    if (forgotten.length > 0) this.#connection.send(JSON.stringify({ type: 'forgotten', runIds: forgotten }))
  }

  #read(frame: FrameOf<'read'>): void {
    const answer = { type: 'read_result', id: frame.id } as const
    const nothing = { text: '', offset: Math.max(0, frame.offset), bytes: 0, size: 0 }
    try {
      const path = this.#runs.logPath(keyOf(frame))
      const part =
        path === undefined
          ? { ...nothing, error: 'this host has no such log' }
          : readLogPart(path, frame.offset, frame.bytes)
      this.#connection.send(JSON.stringify({ ...answer, ...part }))
    } catch (error) {
      this.#connection.send(JSON.stringify({ ...answer, ...nothing, error: (error as Error).message }))
    }
  }

  async #stop(problem?: AgentProblem): Promise<void> {
    this.#connection.close()
    this.#follower.clear()
    this.#host.shipper.close()
    this.#docs?.close()
    this.#runs.close()
    await this.#host.journal.close()
    await this.#host.processes.close()
    this.#lock.release()
    this.#end(problem)
  }
}

type FrameOf<T extends 'read' | 'follow' | 'run'> = Extract<
  import('@edgedag/core/protocol/frames').ToAgent,
  { type: T }
>

const CONCURRENT_UPLOADS = 2
const MIN_SKEW_MS = 1_000
const WARN_SKEW_MS = 30_000

const keyOf = ({ runId, step, attempt, stream }: FrameOf<'read'> | FrameOf<'follow'>) => ({
  runId,
  step,
  attempt,
  stream,
})
