// Where things are: the product's own files, and the folders of a state directory.
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** The folder that holds `dist/` (the clone, or the installed package). */
export function productRoot(): string {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    const file = join(dir, 'package.json')
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'edgedag') return dir
    if (dir === dirname(dir)) throw new Error(`no edgedag package above ${import.meta.dirname}`)
  }
}

/** `EDGEDAG_HOME`, else `~/.edgedag`. */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.EDGEDAG_HOME || join(homedir(), '.edgedag'))
}

export interface StatePaths {
  dir: string
  /** SQLite files and blobs of the control plane. */
  data: string
  /** Of the control plane that runs: nothing in it outlives it. */
  tmp: string
  /** Journal and run files of the local agent. */
  agent: string
  /** DAG files where no other folder is named. */
  dags: string
  /** Names the folder that was served last. */
  dagsDir: string
  /** First API key, mode 0600. */
  token: string
  signingKey: string
  /** Keys that secrets are encrypted with, mode 0600. Without it they cannot be read any more. */
  vaultKeys: string
  lock: string
  log: string
}

export function statePaths(dir: string): StatePaths {
  const at = (name: string) => join(dir, name)
  return {
    dir,
    data: at('data'),
    tmp: at('tmp'),
    agent: at('agent'),
    dags: at('dags'),
    dagsDir: at('dags-dir'),
    token: at('token'),
    signingKey: at('signing-key'),
    vaultKeys: at('vault-keys'),
    lock: at('host.json'),
    log: at('control-plane.log'),
  }
}
