import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { makeFolder } from './make-folder.ts'

const dir = mkdtempSync(join(tmpdir(), 'edgedag-folders-'))
afterAll(() => rmSync(dir, { recursive: true }))

it('makes a folder with those above it, again without harm', () => {
  for (let i = 0; i < 2; i++) makeFolder(join(dir, 'a/b/c'), 0o700)
  expect(statSync(join(dir, 'a/b/c')).isDirectory()).toBe(true)
  expect(statSync(join(dir, 'a/b')).mode & 0o777).toBe(0o700)
})

it('says what is in the way', () => {
  writeFileSync(join(dir, 'file'), '')
  expect(() => makeFolder(join(dir, 'file'))).toThrow('EEXIST')
  expect(() => makeFolder(join(dir, 'file/below/it'))).toThrow('ENOTDIR')
})

it.runIf(existsSync('/proc/self'))('returns where nothing can be made, unlike mkdir of Node', () => {
  expect(() => makeFolder('/proc/nope')).toThrow('ENOENT')
  expect(() => makeFolder('/proc/nope/deeper/still')).toThrow('ENOENT')
})
