// The end of a run with secrets on this host. Promise: of its values nothing readable is left in the files that the agent keeps: logs
// are there as the world saw them, what was only needed while steps ran is gone. What steps wrote themselves is theirs.
import { linkSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MASKED_SUFFIX } from '../logs/masked-copy.ts'
import type { RunPaths } from '../state/paths.ts'
import type { AgentHost } from './host.ts'
import { readStoredRun, writeStoredRun } from './stored-run.ts'

/** Files of single streams and of conditions, wanted only while the run goes on. */
const CAPTURE = /\.(stdout|stderr)$/

/** Failures are logged: a file that cannot be replaced is no reason to keep the run. */
export const scrubRun = (host: AgentHost, runId: string, paths: RunPaths): void => {
  const stored = readStoredRun(host.paths.runs, runId)
  if (stored?.secret !== true) return
  try {
    for (const name of readdirSync(paths.logsDir)) {
      if (name.endsWith(MASKED_SUFFIX)) showMasked(join(paths.logsDir, name))
    }
    for (const name of readdirSync(paths.dir)) if (CAPTURE.test(name)) rmSync(join(paths.dir, name), { force: true })
    rmSync(join(paths.dir, 'tmp'), { recursive: true, force: true })
    const { context, startedAt } = stored
    writeStoredRun(host.paths.runs, { context, startedAt, secret: true })
  } catch (error) {
    host.log('warn', 'files of a run with secrets could not be cleaned', {
      run: runId,
      error: (error as Error).message,
    })
  }
}

/** The masked log takes the place of the one that the step wrote. */
const showMasked = (masked: string): void => {
  const raw = join(dirname(masked), basename(masked).slice(0, -MASKED_SUFFIX.length))
  rmSync(raw, { force: true })
  linkSync(masked, raw)
}
