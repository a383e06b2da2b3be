import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeFileLock } from './file-lock.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgedag-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const path = () => join(dir, 'lock')
const isHeld = (text: string) => text.startsWith('alive')

test.each([
  ['nobody has', {}],
  ['a dead holder left', { lock: 'dead' }],
  ['is empty after a crash of the machine', { lock: '' }],
  ['a dead holder left, and so did one that was about to take it over', { lock: 'dead', 'lock.heir': 'dead too' }],
])('one that %s is taken', (_, files) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text as string)
  expect(takeFileLock(path(), 'alive: me', isHeld)).toMatchObject({ ok: true })
  expect(readdirSync(dir)).toEqual(['lock'])
  expect(readFileSync(path(), 'utf8')).toBe('alive: me')
})

test.each([
  ['a living holder', { lock: 'alive: it' }],
  ['one that is just taking it over from a dead one', { lock: 'dead', 'lock.heir': 'alive: it' }],
])('%s keeps it', (_, files) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text as string)
  expect(takeFileLock(path(), 'alive: me', isHeld)).toEqual({ ok: false, error: 'alive: it' })
  expect(readdirSync(dir).sort()).toEqual(Object.keys(files).sort())
})

/** Takes it for each of the rounds as soon as a file says go, and prints the rounds that it has won. */
const TAKER = (folder: string) => `
  const { takeFileLock } = await import(${JSON.stringify(join(import.meta.dirname, 'file-lock.ts'))})
  const won = []
  for (let i = 0; i < 300; i++) {
    if (takeFileLock(${JSON.stringify(folder)} + '/' + i, 'alive ' + process.pid, text => text.startsWith('alive')).ok) won.push(i)
  }
  console.log(JSON.stringify(won))`

test('of several that find a dead holder at once, exactly one takes it over', async () => {
  const rounds = Array.from({ length: 300 }, (_, i) => i)
  for (const i of rounds) writeFileSync(join(dir, String(i)), 'dead')
  const taker = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', TAKER(dir)])
  const won = (await Promise.all([taker(), taker(), taker()])).flatMap(({ stdout }) => JSON.parse(stdout) as number[])
  expect(won.sort((a, b) => a - b)).toEqual(rounds)
})
