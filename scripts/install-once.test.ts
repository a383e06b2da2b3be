import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edgedag-install-'))
  mkdirSync(join(root, 'scripts'))
  cpSync(join(import.meta.dirname, 'install-once.mjs'), join(root, 'scripts/install-once.mjs'))
  const lock = { name: 'x', version: '1.0.0', lockfileVersion: 3, packages: { '': { name: 'x', version: '1.0.0' } } }
  writeFileSync(join(root, 'package.json'), '{"name":"x","version":"1.0.0"}')
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const install = async (): Promise<string> => {
  const text = `import { installOnce } from './scripts/install-once.mjs'\ninstallOnce(${JSON.stringify(root)})`
  const args = ['--input-type=module', '-e', text]
  return (await promisify(execFile)(process.execPath, args, { cwd: root })).stderr
}

it('installs once, however many start at the same moment', async () => {
  const words = await Promise.all([install(), install(), install(), install()])
  expect(words.filter(text => text.includes('installing dependencies'))).toHaveLength(1)
  expect(existsSync(join(root, '.boot-lock'))).toBe(false)
  expect(await install()).toBe('')
})

it('does not wait for one that died', async () => {
  // Above the highest pid that a system gives.
  writeFileSync(join(root, '.boot-lock'), String(2 ** 22 + 1))
  expect(await install()).toContain('installing dependencies')
})
