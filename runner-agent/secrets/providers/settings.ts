// Settings of providers: from the agent's environment, never from a DAG, which could send this host's credentials elsewhere.
import { readFileSync } from 'node:fs'
import type { HostEnv } from '@edgedag/core/expr/run-scope'
import { err, ok, type Result } from '@edgedag/core/result'

/** The first of these variables that is set and not empty. */
export const setting = (env: HostEnv, ...names: string[]): string | undefined => {
  for (const name of names) {
    const value = env[name]?.trim()
    if (value) return value
  }
  return undefined
}

/** `EDGEDAG_X`, `DAGU_X`, then the names that the store's own tools use. */
export const ourSetting = (env: HostEnv, name: string, ...own: string[]): string | undefined =>
  setting(env, `EDGEDAG_${name}`, `DAGU_${name}`, ...own)

/** A file that a setting names. */
export const readNamed = (path: string, what: string): Result<string, string> => {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return err(`${what} ${path} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}`)
  }
}
