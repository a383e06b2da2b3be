// The npm packages as somebody who installed them has them: unpacked from their tarballs, far from the clone.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packageAll } from '../../scripts/package.ts'
import { cleanEnv, ROOT, removeAll } from '../fixtures/product.ts'
import { newDir } from './support/mark.ts'

let dir: string
const packageDir = (name: string): string => join(dir, 'node_modules', name)
const manifest = (name: string) => JSON.parse(readFileSync(join(packageDir(name), 'package.json'), 'utf8'))
const runBin = (name: string, args: string[]): string =>
  execFileSync(process.execPath, [join(packageDir(name), manifest(name).bin[name]), ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: cleanEnv({ EDGEDAG_HOME: join(dir, 'home') }),
  })

beforeAll(async () => {
  dir = newDir()
  for (const tarball of await packageAll(() => {})) {
    const name = /edgedag(-agent)?(?=-\d)/.exec(tarball.split('/').at(-1) ?? '')?.[0] ?? ''
    mkdirSync(packageDir(name), { recursive: true })
    execFileSync('tar', ['-xzf', tarball, '-C', packageDir(name), '--strip-components=1'])
    // What npm would install: just what the manifest names.
    for (const dependency of Object.keys(manifest(name).dependencies ?? {}))
      symlinkSync(join(ROOT, 'node_modules', dependency), join(dir, 'node_modules', dependency))
  }
})
afterAll(() => removeAll(dir))

describe('the package edgedag', () => {
  test('runs a workflow with nothing else installed', () => {
    writeFileSync(join(dir, 'a.yaml'), 'steps:\n  - name: say\n    command: echo said\n')
    expect(runBin('edgedag', ['start', 'a.yaml'])).toMatch(/run a \S+ succeeded/)
  })

  test('has the JSON Schema of a DAG file where editors and tools find it', () => {
    const path = createRequire(join(dir, 'x.js')).resolve('edgedag/schemas/dag.schema.json')
    const written = readFileSync(join(ROOT, 'ui/public/schemas/dag.schema.json'), 'utf8')
    expect(readFileSync(path, 'utf8')).toBe(written)
  })
})

describe('the package edgedag-agent', () => {
  test('is one program without dependencies', () => {
    expect(manifest('edgedag-agent').dependencies).toBeUndefined()
    expect(runBin('edgedag-agent', ['--version'])).toBe(`edgedag-agent ${manifest('edgedag-agent').version}\n`)
  })
})
