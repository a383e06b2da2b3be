import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compactFiles } from './compact.ts'

const LEAST = 100_000
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
    expect(await compactFiles(dir, LEAST)).toBeGreaterThan(before / 2)
    expect(statSync(path).size).toBeLessThan(before / 2)
    expect(contents(path)).toEqual(rows)
  })

  it('leaves a file with little to give as it is', async () => {
    const { path, db } = fill('a', 30)
    db.close()
    const before = statSync(path).size
    expect(await compactFiles(dir, LEAST)).toBe(0)
    expect(statSync(path).size).toBe(before)
  })

  it('touches none that somebody has open', async () => {
    const { path, db } = fill('a', 350)
    db.prepare('SELECT count(*) FROM row').get()
    expect(await compactFiles(dir, LEAST)).toBe(0)
    expect(db.prepare('SELECT count(*) AS count FROM row').get()).toEqual({ count: 50 })
    db.close()
    expect(statSync(path).size).toBeGreaterThan(LEAST)
  })
})
