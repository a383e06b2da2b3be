// For tests: DAGs and steps from the few fields that a case is about, and real processes without Node's types in core.
import type { Dag, Step } from '../spec/dag.ts'
import type { Job } from './command-line.ts'
import { withScriptPath } from './command-line.ts'
import type { Ports, ShellResult } from './ports.ts'
import type { RunScopeInput } from './run-scope.ts'

export const makeStep = (fields: Partial<Step> & { name: string }): Step =>
  ({
    description: '',
    depends: [],
    type: 'command',
    commands: [],
    shellPackages: [],
    env: [],
    preconditions: [],
    mailOnError: false,
    timeoutSec: 0,
    config: {},
    ...fields,
  }) as Step

export const makeDag = (fields: Partial<Dag> = {}): Dag =>
  ({
    schemaVersion: 1,
    name: 'd',
    description: '',
    group: '',
    labels: [],
    type: 'chain',
    dotenv: ['.env'],
    env: [],
    params: { mode: 'none', defs: [] },
    secrets: [],
    schedule: { start: [], stop: [], restart: [] },
    skipIfSuccessful: false,
    overlapPolicy: 'skip',
    restartWaitSec: 0,
    preconditions: [],
    handlers: {},
    timeoutSec: 0,
    delaySec: 0,
    maxCleanUpTimeSec: 5,
    maxActiveSteps: 0,
    maxActiveRuns: 1,
    histRetentionDays: 30,
    logOutput: 'separate',
    maxOutputSize: 1_048_576,
    runConfig: { disableParamEdit: false, disableRunIdEdit: false },
    executorDefaults: {},
    steps: [],
    localDags: [],
    ...fields,
  }) as Dag

/** Input of prepareRunScope for a DAG without params. */
export const runInput = (fields: Partial<RunScopeInput> = {}): RunScopeInput => ({
  hostEnv: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/home/me' },
  params: { entries: [], finish: () => ({ ok: true, value: { entries: [], display: '' } }) },
  runVars: { DAG_NAME: 'd', DAG_RUN_ID: 'r1', DAG_RUN_WORK_DIR: '/run/work' },
  ports: {},
  ...fields,
})

interface Child {
  status: number | null
  stdout: string
  stderr: string
}
interface ChildProcess {
  spawnSync(
    program: string,
    args: string[],
    options: { env?: Record<string, string>; cwd?: string; encoding: 'utf8'; maxBuffer: number; stdio: string[] },
  ): Child & { error?: Error }
}
interface FileSystem {
  mkdtempSync(prefix: string): string
  writeFileSync(path: string, text: string, options?: { mode: number }): void
  rmSync(path: string, options: { recursive: boolean; force: boolean }): void
}

// The names are variables because core has no Node types, and must not get them through its tests.
const load = async <T>(name: string): Promise<T> => (await import(name)) as T

export interface Host {
  dir: string
  run(argv: readonly string[], options: { env: Record<string, string>; cwd?: string }): ShellResult
  /** Writes the script file where a job has one, and runs it. */
  runJob(job: Job, env: Record<string, string>): ShellResult
  ports: Ports
  dispose(): void
}

/** A real host: processes in a fresh directory. */
export const openHost = async (): Promise<Host> => {
  const { spawnSync } = await load<ChildProcess>('node:child_process')
  const { mkdtempSync, writeFileSync, rmSync } = await load<FileSystem>('node:fs')
  const dir = mkdtempSync('/tmp/expr-')
  let scripts = 0
  const run: Host['run'] = ([program = 'true', ...args], { env, cwd = dir }) => {
    // Standard input must be no socket: bash takes itself for a remote shell then, and reads ~/.bashrc.
    const stdio = ['ignore', 'pipe', 'pipe']
    const child = spawnSync(program, args, { env, cwd, encoding: 'utf8', maxBuffer: 1 << 26, stdio })
    if (child.error !== undefined) throw child.error
    return { code: child.status ?? -1, stdout: child.stdout, stderr: child.stderr }
  }
  return {
    dir,
    run,
    runJob(job, env) {
      const path = `${dir}/script-${++scripts}${job.script?.suffix ?? ''}`
      if (job.script !== undefined) writeFileSync(path, job.script.content, { mode: 0o700 })
      return run(withScriptPath(job, path), { env })
    },
    ports: { shell: async (command, { env }) => run(['sh', '-c', command], { env }) },
    dispose: () => rmSync(dir, { recursive: true, force: true }),
  }
}
