// Secrets of a run that the host itself has (providers env and file); all other providers are the resolver's.

import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { SecretRef } from '../spec/dag.ts'
import { resolvePath } from './paths.ts'
import type { FilesPort } from './ports.ts'
import { exprProblem, needsRunner } from './problems.ts'
import { isReadOnly } from './special-variables.ts'

/** Fetches a secret of a provider that is not the host's own (vault, registry, ...); the error is one sentence without the value. */
export type SecretsResolver = (ref: SecretRef) => Promise<Result<string, string>>

export interface SecretSources {
  /** DAG env and dotenv, then the host's own environment. */
  variable(name: string): string | undefined
  /** Where relative files are looked up, in order. */
  dirs: readonly string[]
  home?: string
  files?: FilesPort
  resolver?: SecretsResolver
}

/** All secrets in order, or every problem: one that fails fails the run. Keys are literal, contents are not trimmed. */
export const resolveSecrets = async (
  refs: readonly SecretRef[],
  sources: SecretSources,
): Promise<Result<[string, string][]>> => {
  const values: [string, string][] = []
  const problems: Problem[] = []
  for (const [index, ref] of refs.entries()) {
    const value = isReadOnly(ref.name) ? err('the name is that of a run variable') : await resolve(ref, sources)
    if (value.ok) values.push([ref.name, value.value])
    else problems.push(exprProblem('expr.secret', `secret ${ref.name}: ${value.error}`, `secrets[${index}]`))
  }
  return problems.length === 0 ? ok(values) : err(problems)
}

const resolve = async (ref: SecretRef, sources: SecretSources): Promise<Result<string, string>> => {
  if (ref.provider === 'env') {
    const value = sources.variable(ref.key ?? '')
    return value === undefined ? err(`there is no variable ${ref.key}`) : ok(value)
  }
  if (ref.provider === 'file') return readSecretFile(ref.key ?? '', sources)
  if (sources.resolver === undefined) return err(`provider ${ref.provider ?? 'registry'} is not available on this host`)
  return sources.resolver(ref)
}

const readSecretFile = async (key: string, { files, dirs, home }: SecretSources): Promise<Result<string, string>> => {
  if (files === undefined) return err(needsRunner('a file').message)
  const paths = [...new Set(dirs.map(dir => resolvePath(dir, key, home)))]
  for (const path of paths) {
    try {
      const text = await files.readText(path)
      if (text !== undefined) return ok(text)
    } catch (cause) {
      return err(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`)
    }
  }
  return err(`there is no file ${paths.join(' or ')}`)
}
