// How files become blobs: small ones together, large ones in parts. Pure.
import { MAX_BLOB_BYTES } from '@edgedag/core/artifacts/manifest'
import type { FoundFile } from './scan.ts'

export interface Slice {
  file: FoundFile
  offset: number
  bytes: number
}

/** Files below this share blobs: a request for each would cost more than their bytes. */
export const SMALL_BYTES = 4 * 1024 * 1024
/** Small ones go in heaps of at most this, so that what has come is safe soon. */
const HEAP_BYTES = 16 * 1024 * 1024
const HEAP_FILES = 2_000

/** The blobs that bring these files; `from`: how much of a large file is stored already. Empty files need none. */
export function planBlobs(files: readonly FoundFile[], from: (file: FoundFile) => number = () => 0): Slice[][] {
  const blobs: Slice[][] = []
  let heap: Slice[] = []
  let heapBytes = 0
  for (const file of files.filter(each => each.size > 0 && each.size < SMALL_BYTES)) {
    if (heapBytes + file.size > HEAP_BYTES || heap.length >= HEAP_FILES) {
      blobs.push(heap)
      heap = []
      heapBytes = 0
    }
    heap.push({ file, offset: 0, bytes: file.size })
    heapBytes += file.size
  }
  if (heap.length > 0) blobs.push(heap)
  for (const file of files.filter(each => each.size >= SMALL_BYTES)) {
    for (let offset = from(file); offset < file.size; offset += MAX_BLOB_BYTES)
      blobs.push([{ file, offset, bytes: Math.min(MAX_BLOB_BYTES, file.size - offset) }])
  }
  return blobs
}
