// Where the agent keeps things on the host. Promise: every path is made of validated segments, so no name escapes its folder.
import { createHash } from 'node:crypto'
import { join } from 'node:path'

export interface StatePaths {
  dir: string
  credentials: string
  lock: string
  journal: string
  /** Key of this host for what lies here of secrets. */
  hostKey: string
  runs: string
  /** Artifacts of runs whose DAG names no folder for them. */
  artifacts: string
}

/** Paths under the agent's state directory. */
export const statePaths = (dir: string): StatePaths => ({
  dir,
  credentials: join(dir, 'credentials.json'),
  lock: join(dir, 'agent.lock'),
  journal: join(dir, 'journal'),
  hostKey: join(dir, 'host.key'),
  runs: join(dir, 'runs'),
  artifacts: join(dir, 'artifacts'),
})

export interface RunPaths {
  dir: string
  /** Context and prepared scope, mode 0600: a restarted agent goes on with the same values. */
  context: string
  /** DAG_RUN_WORK_DIR; made when the first step needs it. */
  workDir: string
  /** The run's own log and those of its steps: the run's folder, or one under the DAG's `log_dir`. */
  logsDir: string
  /** DAG_RUN_LOG_FILE. */
  logFile: string
}

/** `<base>/<dag>/dag-run_<UTC time>_<run id>`: a run's folder below one for logs or artifacts. */
export const runFolder = (base: string, dagName: string, runId: string, startedAt: number): string => {
  const time = new Date(startedAt)
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .replace('T', '_')
  return join(base, safeSegment(dagName), `dag-run_${time}_${runId}`)
}

/** Paths of one run; `ownLogsDir` is its folder below the DAG's own `log_dir`. */
export const runPaths = (runsDir: string, runId: string, ownLogsDir?: string): RunPaths => {
  const dir = join(runsDir, runId)
  const logsDir = ownLogsDir ?? dir
  return {
    dir,
    context: join(dir, 'run.json'),
    workDir: join(dir, 'work'),
    logsDir,
    logFile: join(logsDir, `dag-run_${runId}.log`),
  }
}

export interface StepPaths {
  /** What all files of the attempt begin with. No folder: making one costs every step a change of the disk. */
  dir: string
  stdout: string
  /** Equals `stdout` when the streams are merged. */
  stderr: string
  /** The streams alone, where a merged log is not enough. */
  captures: { stdout: string; stderr: string }
}

/** Paths of one step attempt. */
export const stepPaths = (run: RunPaths, step: string, attempt: number, merged: boolean): StepPaths => {
  const name = `${safeSegment(step)}.${attempt}`
  const dir = join(run.dir, name)
  const stdout = join(run.logsDir, merged ? `${name}.log` : `${name}.out`)
  return {
    dir,
    stdout,
    stderr: merged ? stdout : join(run.logsDir, `${name}.err`),
    captures: { stdout: `${dir}.stdout`, stderr: `${dir}.stderr` },
  }
}

/** A file name for any text: unchanged where that is safe, else cleaned and made unique by a hash. */
export const safeSegment = (text: string): string => {
  if (/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,79}$/.test(text)) return text
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return `${text.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60)}-${hash}`
}
