// Finds and reads the dotenv files of a run: in the working directory, else beside the DAG file; a missing one is skipped.

import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { Dag } from '../spec/dag.ts'
import type { ByNeed } from './by-need.ts'
import { parseDotenv } from './dotenv.ts'
import { expandText, PLACES } from './expand.ts'
import { isRelative, resolvePath } from './paths.ts'
import type { FilesPort, Ports } from './ports.ts'
import { exprProblem } from './problems.ts'

export interface DotenvInput {
  hostEnv: Readonly<Record<string, string | undefined>>
  sourceDir?: string
  ports: Ports
}

/** All entries, strongest last. The default `.env` needs no files port (there is none at the edge); a listed file does. */
export const loadDotenv = async (
  dag: Dag,
  workingDir: string,
  input: DotenvInput,
  values: ByNeed,
  host: ReadonlyMap<string, string>,
): Promise<Result<[string, string][], Problem>> => {
  const { files } = input.ports
  const entries = new Map<string, string>()
  for (const [index, written] of dag.dotenv.entries()) {
    const field = `dotenv[${index}]`
    const ready = await values.require(written)
    if (!ready.ok) return ready
    const path = expandText(written, PLACES.path, values.context(field))
    if (files === undefined) {
      if (path === '.env') continue
      return err(exprProblem('expr.needs_runner', `dotenv file ${path} can only be read on a runner`, field))
    }
    const text = await read(files, path, workingDir, input)
    if (!text.ok) return err(exprProblem('expr.dotenv', text.error, field))
    const known = (name: string) => host.get(name) ?? entries.get(name) ?? values.context(field).names.variable(name)
    for (const [name, value] of parseDotenv(text.value ?? '', known)) entries.set(name, value)
  }
  return ok([...entries])
}

const read = async (
  files: FilesPort,
  path: string,
  workingDir: string,
  { sourceDir, hostEnv }: DotenvInput,
): Promise<Result<string | undefined, string>> => {
  const dirs = sourceDir === undefined || !isRelative(path) ? [workingDir] : [workingDir, sourceDir]
  for (const dir of dirs) {
    const file = resolvePath(dir, path, hostEnv.HOME)
    try {
      const text = await files.readText(file)
      if (text !== undefined) return ok(text)
    } catch (cause) {
      return err(`cannot read dotenv file ${file}: ${cause instanceof Error ? cause.message : String(cause)}`)
    }
  }
  return ok(undefined)
}
