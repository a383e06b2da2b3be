import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DagFolder } from './embedded/dag-folder.ts'
import { readSchemaFiles } from './schema-files.ts'

const SCHEMA = '{"type":"object","properties":{"size":{"type":"integer"}}}'
const naming = (path: string) => `params:\n  schema: ${path}\n  values: {size: 1}\nsteps: ["true"]\n`

let root = ''
let dir = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edgedag-schemas-'))
  dir = join(root, 'dags')
  mkdirSync(dir)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('schema files of a DAG file', () => {
  it('are read by the path that the text uses', () => {
    writeFileSync(join(dir, 'size.json'), SCHEMA)
    expect(readSchemaFiles(naming('./size.json'), 'a', dir)).toEqual({ './size.json': SCHEMA })
    expect(readSchemaFiles(naming(join(dir, 'size.json')), 'a', dir)).toEqual({ [join(dir, 'size.json')]: SCHEMA })
  })

  it('are left out where they are missing, too large, a folder, or on the network', () => {
    writeFileSync(join(dir, 'large.json'), 'x'.repeat(1024 * 1024 + 1))
    mkdirSync(join(dir, 'folder.json'))
    for (const path of ['./gone.json', './large.json', './folder.json', 'https://example.com/size.json'])
      expect(readSchemaFiles(naming(path), 'a', dir)).toEqual({})
  })

  it('do not leave the folder by a relative path, nor by a link', () => {
    writeFileSync(join(root, 'outside.json'), SCHEMA)
    symlinkSync(join(root, 'outside.json'), join(dir, 'link.json'))
    expect(readSchemaFiles(naming('../outside.json'), 'a', dir)).toEqual({})
    expect(readSchemaFiles(naming('./link.json'), 'a', dir)).toEqual({})
  })
})

describe('a watched folder', () => {
  it('sends a DAG again when a schema file that it names has changed, and only then', () => {
    const folder = new DagFolder(dir)
    writeFileSync(join(dir, 'a.yaml'), naming('./size.json'))
    writeFileSync(join(dir, 'b.yaml'), 'steps: ["true"]')
    expect(folder.changes().files.map(file => [file.fileName, file.files])).toEqual([
      ['a', {}],
      ['b', {}],
    ])
    expect(folder.changes().files).toEqual([])
    writeFileSync(join(dir, 'size.json'), SCHEMA)
    expect(folder.changes().files.map(file => [file.fileName, file.files])).toEqual([['a', { './size.json': SCHEMA }]])
    expect(folder.changes().files).toEqual([])
  })
})
