import { describe, expect, it } from 'vitest'
import { planBlobs, SMALL_BYTES } from './plan-blobs.ts'
import type { FoundFile } from './scan.ts'

const MB = 1024 * 1024
const file = (path: string, size: number): FoundFile => ({ path, source: `/${path}`, size, modifiedAt: 0, sign: '' })
const shape = (blobs: ReturnType<typeof planBlobs>) =>
  blobs.map(blob => blob.map(({ file: { path }, offset, bytes }) => [path, offset, bytes]))

describe('blobs', () => {
  it('hold small files together, up to 16 MiB', () => {
    const files = Array.from({ length: 9 }, (_, i) => file(`f${i}`, 3 * MB))
    expect(planBlobs(files).map(blob => blob.length)).toEqual([5, 4])
  })

  it('hold at most 2,000 files', () => {
    const files = Array.from({ length: 4_500 }, (_, i) => file(`f${i}`, 1))
    expect(planBlobs(files).map(blob => blob.length)).toEqual([2_000, 2_000, 500])
  })

  it('are parts of a large file, and go on where it was left', () => {
    const big = file('big', 70 * MB)
    expect(shape(planBlobs([big]))).toEqual([
      [['big', 0, 32 * MB]],
      [['big', 32 * MB, 32 * MB]],
      [['big', 64 * MB, 6 * MB]],
    ])
    expect(shape(planBlobs([big], () => 64 * MB))).toEqual([[['big', 64 * MB, 6 * MB]]])
    expect(planBlobs([big], () => 70 * MB)).toEqual([])
  })

  it('cover every byte once, whatever the sizes', () => {
    const sizes = [0, 1, SMALL_BYTES - 1, SMALL_BYTES, 32 * MB, 32 * MB + 1, 100, 64 * MB]
    const files = sizes.map((size, i) => file(`f${i}`, size))
    const covered = new Map<string, number>()
    for (const { file, offset, bytes } of planBlobs(files).flat()) {
      expect(offset).toBe(covered.get(file.path) ?? 0)
      covered.set(file.path, offset + bytes)
    }
    for (const { path, size } of files) expect(covered.get(path) ?? 0).toBe(size)
  })
})
