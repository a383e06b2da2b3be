import { expect, test } from 'vitest'
import { fileToShow } from './file-to-show.ts'

const file = (path: string) => ({ path, type: 'file' as const })
const folder = (path: string, ...children: ReturnType<typeof file>[]) => ({
  path,
  type: 'directory' as const,
  children,
})

test.each([
  [[folder('data', file('data/blob.bin')), file('notes.txt'), folder('r', file('r/summary.md'))], 'r/summary.md'],
  [[file('a.bin'), file('plot.PNG'), file('b.json')], 'plot.PNG'],
  [[file('a.bin'), file('b.bin')], 'a.bin'],
  [[folder('empty')], undefined],
])('of %j it is %s', (items, path) => expect(fileToShow(items)).toBe(path))
