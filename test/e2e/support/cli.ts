// The built `edgedag` command as a user runs it: a process with its own output and exit code.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { cleanEnv, ROOT } from '../../fixtures/product.ts'

export const CLI_MAIN = join(ROOT, 'dist/cli/main.mjs')

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  stdout(): string
  stderr(): string
  ended: Promise<Ran>
}

export interface Where {
  env?: Record<string, string>
  cwd?: string
  /** A process group of its own, as a terminal makes for each command. */
  detached?: boolean
}

export function spawnCli(args: string[], where: Where): Running {
  const child = spawn(process.execPath, [CLI_MAIN, ...args], {
    cwd: where.cwd ?? ROOT,
    env: cleanEnv(where.env),
    detached: where.detached ?? false,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', data => {
    out += data
  })
  child.stderr.on('data', data => {
    err += data
  })
  const ended = new Promise<Ran>(resolve => {
    child.once('close', code => resolve({ code, stdout: out, stderr: err }))
  })
  return { child, stdout: () => out, stderr: () => err, ended }
}

/** Runs one command to its end. */
export const edgedag = (args: string[], where: Where): Promise<Ran> => spawnCli(args, where).ended
