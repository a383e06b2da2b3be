import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../logger.ts'
import { Journal } from './journal.ts'
import type { JournalRecord } from './records.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgedag-journal-'))
  path = join(dir, 'journal')
})
afterEach(() => rmSync(dir, { recursive: true }))

const ack = (seq: number): JournalRecord => ({ k: 'ack', run: 'r1', seq })

it('gives back what was appended, and is readable by its owner only', async () => {
  const { journal, records } = Journal.open(path, silentLogger)
  expect(records).toEqual([])
  journal.append(ack(1))
  journal.append(ack(2))
  await journal.close()
  expect(Journal.open(path, silentLogger).records).toEqual([ack(1), ack(2)])
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

it('shares one flush among commits that meet', async () => {
  const { journal } = Journal.open(path, silentLogger)
  const commits = Array.from({ length: 20 }, (_, seq) => {
    journal.append(ack(seq))
    return journal.commit()
  })
  await Promise.all(commits)
  expect(journal.syncs).toBe(1)
  await journal.close()
})

it('has flushed what was committed before its end', async () => {
  const { journal } = Journal.open(path, silentLogger)
  journal.append(ack(1))
  const committed = journal.commit()
  await journal.close()
  await committed
  expect(journal.syncs).toBe(1)
})

it('leaves out a torn last line, and what follows it is whole', async () => {
  const first = Journal.open(path, silentLogger).journal
  first.append(ack(1))
  await first.close()
  appendFileSync(path, '{"k":"ack","ru')
  const { journal, records } = Journal.open(path, silentLogger)
  expect(records).toEqual([ack(1)])
  journal.append(ack(2))
  await journal.close()
  expect(Journal.open(path, silentLogger).records).toEqual([ack(1), ack(2)])
})

it('can be rewritten in one step, and goes on after that', async () => {
  const { journal } = Journal.open(path, silentLogger)
  for (let seq = 0; seq < 100; seq++) journal.append(ack(seq))
  await journal.commit()
  expect(journal.rewrite([ack(99)])).toBe(true)
  expect(journal.bytes).toBe(readFileSync(path).length)
  journal.append(ack(100))
  await journal.commit()
  await journal.close()
  expect(Journal.open(path, silentLogger).records).toEqual([ack(99), ack(100)])
})
