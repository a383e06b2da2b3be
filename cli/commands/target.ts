// What `start` and `enqueue` are given: a DAG of the server by its name, or a file of this machine.
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { readDagMetadata } from '@edgedag/core/spec/metadata'
import { readDagFile } from '../connect.ts'

export type Target =
  | { kind: 'name'; fileName: string }
  | { kind: 'file'; path: string; dir: string; name: string; spec: string }

/** A word with a slash or a YAML ending, or that names a file here, is a file; everything else is a name. */
export function targetOf(word: string): Target {
  const isPath = /[/\\]/.test(word) || /\.ya?ml$/.test(word)
  const candidate = resolve(word)
  if (!isPath && !(existsSync(candidate) && statSync(candidate).isFile())) return { kind: 'name', fileName: word }
  const spec = readDagFile(candidate)
  const path = realpathSync(candidate)
  const fileName = basename(path, extname(path))
  return { kind: 'file', path, dir: dirname(path), name: readDagMetadata(spec, fileName).name || fileName, spec }
}
