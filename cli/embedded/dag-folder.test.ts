import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DagFolder, type FolderChange } from './dag-folder.ts'

let dir = ''
let folder: DagFolder
const sent: FolderChange[] = []
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  dir = mkdtempSync(join(tmpdir(), 'edgedag-folder-'))
  sent.length = 0
  folder = new DagFolder(join(dir, 'dags'))
})
afterEach(() => {
  folder.close()
  vi.useRealTimers()
  rmSync(dir, { recursive: true })
})

const write = (name: string, text: string): void => writeFileSync(join(dir, 'dags', name), text)
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
/** Until just before the folder is looked at for the first time, also where no event comes. */
const watch = () => {
  folder.watch(async change => {
    sent.push(change)
  })
  return pass(490)
}
const texts = () => sent.flatMap(({ files }) => files.map(({ fileName, spec }) => `${fileName}: ${spec}`))

describe('a watched folder of DAG files', () => {
  it('tells of a file that is made, edited or removed within a second, also where no event comes', async () => {
    await watch()
    for (const change of [
      () => write('a.yaml', 'one'),
      () => write('a.yaml', 'two'),
      () => rmSync(join(dir, 'dags/a.yaml')),
    ]) {
      change()
      await pass(999)
    }
    expect(texts()).toEqual(['a: one', 'a: two'])
    expect(sent.at(-1)).toEqual({ files: [], removed: ['a'] })
  })

  it('does not take a file for its text that is just being written', async () => {
    await watch()
    for (const text of ['', 'steps: [', 'steps: []']) {
      expect(sent).toEqual([])
      write('a.yaml', text)
      await pass(30)
    }
    await pass(1_200)
    expect(texts()).toEqual(['a: steps: []'])
  })

  it('does not take a file for removed that is put away until the new one is there', async () => {
    write('a.yaml', 'one')
    folder.changes()
    await watch()
    renameSync(join(dir, 'dags/a.yaml'), join(dir, 'dags/a.yaml~'))
    await pass(30)
    write('a.yaml', 'two')
    await pass(1_200)
    expect(sent.flatMap(({ removed }) => removed)).toEqual([])
    expect(texts()).toEqual(['a: two'])
    rmSync(join(dir, 'dags/a.yaml'))
    await pass(1_200)
    expect(sent.at(-1)).toEqual({ files: [], removed: ['a'] })
  })

  it('reads a file that never stands still all the same', async () => {
    await watch()
    for (let n = 0; texts().length === 0 && n < 1_000; n++) {
      write('a.yaml', 'x'.repeat(n))
      await pass(30)
    }
    expect(texts()).toEqual([expect.stringMatching(/^a: x+$/)])
  })

  it('goes on with what it knows while the folder is away', async () => {
    write('a.yaml', 'one')
    folder.changes()
    await watch()
    renameSync(join(dir, 'dags'), join(dir, 'elsewhere'))
    await pass(1_200)
    expect(sent).toEqual([])
    renameSync(join(dir, 'elsewhere'), join(dir, 'dags'))
    write('b.yaml', 'two')
    await pass(1_200)
    expect(texts()).toEqual(['b: two'])
  })

  it('reads the .yaml of two files of one name, whichever the folder names first', () => {
    write('a.yml', 'short')
    write('a.yaml', 'long')
    expect(folder.changes().files.map(({ spec }) => spec)).toEqual(['long'])
    expect(folder.changes().files).toEqual([])
  })
})
