import { describe, expect, it } from 'vitest'
import { kindOf, looksLikeText } from './kind.ts'
import { parseRange } from './range.ts'
import { treeOf } from './tree.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const file = (path: string) => ({ path, size: 1, modifiedAt: 0, sha256: 'a'.repeat(64), parts: [] })

describe('a range', () => {
  it.each([
    ['bytes=0-9', { start: 0, end: 10 }],
    ['bytes=90-', { start: 90, end: 100 }],
    ['bytes=-10', { start: 90, end: 100 }],
    ['bytes=-1000', { start: 0, end: 100 }],
    ['bytes=90-1000', { start: 90, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', null],
    ['bytes=0-1,5-6', null],
    ['bytes=-', null],
    ['lines=0-1', null],
    ['bytes=99999999999999999999-', null],
    [null, null],
  ])('%s of 100 bytes', (header, wanted) => {
    expect(parseRange(header, 100)).toEqual(wanted)
  })
})

describe('the kind of a file', () => {
  it.each([
    ['a.md', '# x', 'markdown', 'text/markdown'],
    ['a.json', '{}', 'text', 'application/json'],
    ['page.HTML', '<p>', 'text', 'text/html'],
    ['Makefile', 'all:', 'text', 'text/plain'],
    ['a.txt', 'a\u0000b', 'binary', 'application/octet-stream'],
    ['a.png', 'not really', 'image', 'image/png'],
    ['a.zip', 'PK', 'binary', 'application/zip'],
    ['empty', '', 'text', 'text/plain'],
  ])('%s', (path, head, kind, mimeType) => {
    expect(kindOf(path, bytes(head))).toEqual({ kind, mimeType })
  })

  it('is a text although a character is cut at the end of what was looked at', () => {
    expect(looksLikeText(bytes('für').slice(0, 2))).toBe(true)
    expect(looksLikeText(new Uint8Array([0xff, 0xfe]))).toBe(false)
  })
})

describe('the tree', () => {
  const files = ['a/b/c', 'a/d', 'e', 'a-b'].map(file)
  const shape = (items: ReturnType<typeof treeOf>): unknown =>
    items?.map(item => (item.children ? [item.path, shape(item.children)] : item.path))

  it('has folders first, and everything below them', () => {
    expect(shape(treeOf(files, '', true))).toEqual([['a', [['a/b', ['a/b/c']], 'a/d']], 'a-b', 'e'])
  })

  it('may be one level of one folder', () => {
    expect(shape(treeOf(files, 'a', false))).toEqual(['a/b', 'a/d'])
    expect(treeOf(files, 'nowhere', false)).toBeNull()
    expect(treeOf([], '', true)).toEqual([])
  })
})
