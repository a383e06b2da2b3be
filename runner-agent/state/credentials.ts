// The agent's own credential: readable by its user only, replaced atomically.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export interface Credentials {
  url: string
  runnerId: string
  credential: string
}

/** Reads the credentials; `undefined` where there are none yet. A broken file throws: guessing would enrol a second runner. */
export const readCredentials = (path: string): Credentials | undefined => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { url, runnerId, credential } = JSON.parse(text) as Partial<Credentials>
  if (!url || !runnerId || !credential) throw new Error(`${path} is not a credentials file`)
  return { url, runnerId, credential }
}

/** Writes the credentials with mode 0600. */
export const writeCredentials = (path: string, credentials: Credentials): void => {
  const temporary = `${path}.new`
  writeFileSync(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 })
  renameSync(temporary, path)
}
