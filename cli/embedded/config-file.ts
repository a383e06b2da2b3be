// The server's configuration file (`config.yaml` in the state folder, or `--config FILE`): queues and how much runs in each at once.
// Promise: what is wrong in it is said with its place before anything starts; keys of other servers are left alone.
import { existsSync, readFileSync, unwatchFile, watchFile } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { CommandError, EXIT } from '../errors.ts'
import { whenStill } from './file-sign.ts'

const Size = z.number().int().min(1).max(10_000)

const QueueEntry = z
  .looseObject({
    name: z.string().trim().min(1).max(255),
    max_concurrency: Size.optional(),
    maxConcurrency: Size.optional(),
    // Former names of it.
    max_active_runs: Size.optional(),
    maxActiveRuns: Size.optional(),
  })
  .transform(({ name, max_concurrency, maxConcurrency, max_active_runs, maxActiveRuns }) => ({
    name,
    maxConcurrency: max_concurrency ?? maxConcurrency ?? max_active_runs ?? maxActiveRuns ?? 1,
  }))

const Mode = z.enum(['local', 'distributed'], 'must be "local" or "distributed"')

const ConfigFile = z.looseObject({
  default_execution_mode: Mode.optional(),
  // Its former spelling.
  defaultExecutionMode: Mode.optional(),
  queues: z.looseObject({ enabled: z.boolean().default(true), config: z.array(QueueEntry).default([]) }).optional(),
})

export interface HostConfig {
  /** Where runs go whose DAG does not say it; read when the server starts. */
  executionMode?: 'local' | 'distributed'
  queues: { name: string; maxConcurrency: number }[]
}

const NOTHING: HostConfig = { queues: [] }

/** The configuration of a text. Throws a CommandError that names what is wrong. */
export function parseConfig(text: string, path: string): HostConfig {
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw new CommandError(`${path} is not YAML: ${(error as Error).message.split('\n')[0]}`, EXIT.usage)
  }
  const read = ConfigFile.safeParse(value ?? {})
  if (!read.success) {
    const { path: at, message } = read.error.issues[0]!
    throw new CommandError(`${path}: ${at.join('.') || 'the file'}: ${message}`, EXIT.usage)
  }
  const { queues, default_execution_mode, defaultExecutionMode } = read.data
  const executionMode = default_execution_mode ?? defaultExecutionMode
  return {
    queues: queues?.enabled ? queues.config : [],
    ...(executionMode === undefined ? {} : { executionMode }),
  }
}

/** Where the configuration is: the file that is named, else `config.yaml` of the state folder, which need not be there. */
export const configPath = (stateDir: string, named?: string): string => named ?? join(stateDir, 'config.yaml')

/** The configuration of the file that is named, which must be there, or of `config.yaml` where it is; null: there is none. */
export function readConfig(stateDir: string, named?: string): HostConfig | null {
  const path = configPath(stateDir, named)
  if (named === undefined && !existsSync(path)) return null
  try {
    return parseConfig(readFileSync(path, 'utf8'), path)
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`, EXIT.notFound)
  }
}

/** So often the file is looked at. */
const LOOK_MS = 2_000

/** Calls `changed` when the file has; what is wrong with it, or with taking it over, is said, and what was read before stays. */
export function watchConfig(
  path: string,
  { changed, failed }: { changed: (config: HostConfig) => Promise<void>; failed: (message: string) => void },
): () => void {
  let isLooking = false
  const look = async () => {
    if (isLooking) return
    isLooking = true
    await whenStill(path)
    isLooking = false
    try {
      await changed(existsSync(path) ? parseConfig(readFileSync(path, 'utf8'), path) : NOTHING)
    } catch (error) {
      failed((error as Error).message)
    }
  }
  const listener = () => void look()
  watchFile(path, { interval: LOOK_MS, persistent: false }, listener)
  return () => unwatchFile(path, listener)
}
