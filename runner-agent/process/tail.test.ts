import { appendFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openTail } from './tail.ts'
import { makeFolder } from './testing.ts'

const folder = makeFolder()
afterAll(() => folder.remove())

it('reads what a file gains, in chunks of a bounded size, from any offset', () => {
  const path = join(folder.path, 'log')
  const tail = openTail(path, 0, 4)
  const text = () => Buffer.from(tail.read()).toString()
  expect([text(), tail.size()]).toEqual(['', 0])
  appendFileSync(path, 'abcdefg')
  expect([text(), text(), text()]).toEqual(['abcd', 'efg', ''])
  appendFileSync(path, 'hi')
  expect([text(), tail.offset, tail.size()]).toEqual(['hi', 9, 9])
  expect(Buffer.from(openTail(path, 5).read(2)).toString()).toBe('fg')
})

it('has nothing new where a file was made shorter', () => {
  const path = join(folder.path, 'short')
  appendFileSync(path, 'abcdef')
  const tail = openTail(path, 6)
  truncateSync(path, 2)
  expect(tail.read()).toHaveLength(0)
})
