// The schema files that a DAG file names, read by whoever pushes it: they are pinned with the DAG, so that no host has to have them.
// Promise: a relative path stays inside the folder of the DAG file, links followed; what cannot be read is left out, and the loader says so.
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { loadDags } from '@edgedag/core/spec/load'
import { schemaRefs } from '@edgedag/core/spec/schema-refs'

const MAX_BYTES = 1024 * 1024
const MOST_FILES = 16

/** Where a schema path of a DAG file in `dir` leads; undefined: not a file that may be read. */
function pathOf(ref: string, dir: string): string | undefined {
  try {
    const path = realpathSync(resolve(dir, ref))
    const from = relative(realpathSync(dir), path)
    const isInside = from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from)
    if (!isInside && !isAbsolute(ref)) return undefined
    const stat = statSync(path)
    return stat.isFile() && stat.size <= MAX_BYTES ? path : undefined
  } catch {
    return undefined
  }
}

/** Paths as the text writes them; `[]` for most texts, and for those that do not load. */
export function schemaPaths(spec: string, fileName: string): string[] {
  // Reading a text twice is dear: most do not name any schema.
  if (!/schema/i.test(spec)) return []
  const loaded = loadDags(spec, { fileName })
  if (!loaded.ok) return []
  return schemaRefs(loaded.value.dag)
    .filter(ref => !/^[a-z][a-z0-9+.-]*:\/\//i.test(ref))
    .slice(0, MOST_FILES)
}

/** Contents by the path that the DAG uses. */
export function readSchemas(paths: string[], dir: string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const ref of paths) {
    const path = pathOf(ref, dir)
    if (path !== undefined) files[ref] = readFileSync(path, 'utf8')
  }
  return files
}

/** The schema files of one DAG file, for `files` of the API. */
export const readSchemaFiles = (spec: string, fileName: string, dir: string): Record<string, string> =>
  readSchemas(schemaPaths(spec, fileName), dir)

/** Changes whenever one of the files may have: sizes, times and inodes. */
export function schemaSign(paths: string[], dir: string): string {
  return paths
    .map(ref => {
      const stat = statSync(resolve(dir, ref), { throwIfNoEntry: false })
      return stat === undefined ? '-' : `${stat.size}:${stat.mtimeMs}:${stat.ino}`
    })
    .join(' ')
}
