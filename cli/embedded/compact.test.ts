import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compactFiles } from './compact.ts'

/** A file of 400 rows has 900 KB. */
const LIMITS = { leastFree: 100_000, mostCopied: 600_000, mostCopiedForMore: 700_000 }
let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgedag-compact-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

/** 400 rows of 2 KB, of which the first `deleted` are gone; the journal is still there, as after a kill. */
function fill(name: string, deleted: number): { path: string; db: DatabaseSync } {
  const path = join(dir, `${name}.sqlite`)
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE row (n INTEGER PRIMARY KEY, data TEXT)')
  db.exec('BEGIN')
  const insert = db.prepare('INSERT INTO row VALUES (?, ?)')
  for (let n = 0; n < 400; n++) insert.run(n, String(n).repeat(2_000 / String(n).length))
  db.prepare('DELETE FROM row WHERE n < ?').run(deleted)
  db.exec('COMMIT')
  return { path, db }
}

const contents = (path: string): unknown => {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return db.prepare('SELECT n, length(data) AS size FROM row ORDER BY n').all()
  } finally {
    db.close()
  }
}

describe('compacting the files of the state folder', () => {
  it('gives the room of deleted rows back and keeps the others', async () => {
    const { path, db } = fill('a', 350)
    db.close()
    const [before, rows] = [statSync(path).size, contents(path)]
    expect(await compactFiles(dir, LIMITS)).toBeGreaterThan(before / 2)
    expect(statSync(path).size).toBeLessThan(before / 2)
    expect(contents(path)).toEqual(rows)
  })

  it('leaves a file with little to give as it is', async () => {
    const { path, db } = fill('a', 30)
    db.close()
    const before = statSync(path).size
    expect(await compactFiles(dir, LIMITS)).toBe(0)
    expect(statSync(path).size).toBe(before)
  })

  it('touches none that somebody has open', async () => {
    const { path, db } = fill('a', 350)
    db.prepare('SELECT count(*) FROM row').get()
    expect(await compactFiles(dir, LIMITS)).toBe(0)
    expect(db.prepare('SELECT count(*) AS count FROM row').get()).toEqual({ count: 50 })
    db.close()
    expect(statSync(path).size).toBeGreaterThan(LIMITS.leastFree)
  })

  it.each([
    ['more is kept than given back, and that is too much for one start', 120, false],
    ['as much is too much, but more is given back', 250, true],
  ])('copies only so much: %s', async (_, deleted, isDone) => {
    fill('a', deleted).db.close()
    const limits = { leastFree: 100_000, mostCopied: 300_000, mostCopiedForMore: 700_000 }
    expect((await compactFiles(dir, limits)) > 0).toBe(isDone)
    expect(await compactFiles(dir, { ...limits, mostCopiedForMore: 100_000 })).toBe(0)
  })

  it('copies of several files what one start may, and the others at the next', async () => {
    for (const name of ['a', 'b']) fill(name, 200).db.close()
    const limits = { ...LIMITS, mostCopiedForMore: LIMITS.mostCopied }
    const freed = [await compactFiles(dir, limits), await compactFiles(dir, limits), await compactFiles(dir, limits)]
    expect(freed.map(bytes => bytes > 0)).toEqual([true, true, false])
  })
})
