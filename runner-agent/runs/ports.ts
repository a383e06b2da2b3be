// What evaluation may ask of this host: a shell and files. Processes are started like those of steps, by the spawner child, so
// that they cost little and die with an interruption. Their files stay until the run is forgotten: freed inodes make new ones dear.
import { readFileSync, statSync } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FilesPort, Ports, ShellPort } from '@edgedag/core/expr/ports'
import { stopStep } from '../process/stop.ts'
import { makeFolder } from '../state/make-folder.ts'
import type { AgentHost } from './host.ts'
import type { Interruption } from './interruption.ts'

/** More of a command's output is not read. */
const MAX_OUTPUT_BYTES = 1024 * 1024
/** A file that evaluation reads whole is at most so big. */
const MAX_FILE_BYTES = 16 * 1024 * 1024

let calls = 0

export interface PortsOptions {
  runId: string
  /** Folder for the files of commands, and the directory of those that name none. */
  dir: string
  /** Program and arguments before `-c`. */
  shell: readonly string[]
  interruption: Interruption
}

/** Shell and files of this host for one run. */
export const createPorts = (host: AgentHost, options: PortsOptions): Ports => ({
  shell: createShell(host, options),
  files,
})

const createShell = (host: AgentHost, options: PortsOptions): ShellPort => {
  const { runId, shell, interruption } = options
  return async (command, { env, cwd = options.dir, timeoutMs }) => {
    if (interruption.cause) return { code: -1, stdout: '', stderr: 'interrupted' }
    const name = `${process.pid}-${++calls}`
    const key = `${runId}/shell/${name}`
    const dir = join(options.dir, 'tmp', name)
    makeFolder(cwd)
    const paths = { stdoutPath: `${dir}.out`, stderrPath: `${dir}.err` }
    const handle = host.processes.startStep({
      key,
      dir,
      argv: [...shell, '-c', command],
      env,
      cwd,
      affinity: runId,
      ...paths,
    })
    let timedOut = false
    const stop = async (): Promise<void> => {
      const identity = await handle.started
      if (identity) await stopStep(key, identity, { maxCleanUpMs: 500 })
    }
    const timer = setTimeout(() => {
      timedOut = true
      void stop()
    }, timeoutMs)
    const release = interruption.onInterrupt(() => void stop())
    const exit = await handle.exited
    clearTimeout(timer)
    release()
    const stdout = readHead(paths.stdoutPath)
    const stderr = readHead(paths.stderrPath) || (exit.error ?? '')
    return { code: timedOut ? 124 : exit.exitCode, stdout, stderr }
  }
}

const readHead = (path: string): string => {
  try {
    return readFileSync(path).subarray(0, MAX_OUTPUT_BYTES).toString('utf8')
  } catch {
    return ''
  }
}

const isMissing = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

const files: FilesPort = {
  async readText(path) {
    try {
      const { size } = statSync(path)
      if (size > MAX_FILE_BYTES)
        throw new Error(`${path} has ${size} bytes, more than the ${MAX_FILE_BYTES} that are read`)
      return await readFile(path, 'utf8')
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  },
  async exists(path) {
    try {
      await access(path)
      return true
    } catch {
      return false
    }
  },
}
