import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog } from './log-file.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgedag-log-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('what cannot be written is left out, and told once it can', () => {
  const file = join(dir, 'a.log')
  mkdirSync(file)
  const log = openLog(file)
  log.write('one\n')
  log.write(Buffer.from('two\n'))
  rmSync(file, { recursive: true })
  log.write('three\n')
  log.write('four\n')
  log.end()
  expect(readFileSync(file, 'utf8')).toBe('[8 bytes are missing: they could not be written]\nthree\nfour\n')
})

test('a disk that is full ends nothing', () => {
  const log = openLog('/dev/full')
  log.write('one\n')
  log.end()
})

test('it keeps to its size: what was before is in the file beside it', () => {
  const file = join(dir, 'b.log')
  const log = openLog(file, 8)
  for (const text of ['one\n', 'two\n', 'three\n', 'four\n']) log.write(text)
  log.end()
  const again = openLog(file, 8)
  again.write('x\n')
  again.end()
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('three\n')
  expect(readFileSync(file, 'utf8')).toBe('four\nx\n')
})
