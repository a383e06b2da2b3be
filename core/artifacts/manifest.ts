// The list of a run's artifacts as its runner writes it into R2: which files there are, and in which numbered blobs their bytes are.
// Small files share a blob, large ones have several. Promise: a manifest that does not parse is refused whole.
import { z } from 'zod'
import { err, ok, type Result } from '../result.ts'

export const MAX_ARTIFACT_FILES = 10_000
/** Of all files of a run together. */
export const MAX_ARTIFACT_BYTES = 50 * 1024 ** 3
/** Of one blob: what one request may carry. */
export const MAX_BLOB_BYTES = 32 * 1024 * 1024
const MAX_PATH_CHARS = 1024
const MAX_SEGMENT_CHARS = 255

const Count = z.number().int().nonnegative()

export const ArtifactFile = z.object({
  /** Segments with `/` between them, below the artifacts directory. */
  path: z.string(),
  size: Count,
  /** Epoch ms. */
  modifiedAt: z.number(),
  /** Of the whole file, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** In order: number of the blob, offset in it, bytes. */
  parts: z.array(z.tuple([Count, Count, Count])),
})
export type ArtifactFile = z.infer<typeof ArtifactFile>

const Manifest = z.object({ v: z.literal(1), files: z.array(ArtifactFile).max(MAX_ARTIFACT_FILES) })

export const writeManifest = (files: readonly ArtifactFile[]): string => JSON.stringify({ v: 1, files })

/** The files of a manifest; those whose path is not valid are left out. */
export function readManifest(text: string): Result<ArtifactFile[], string> {
  try {
    const manifest = Manifest.safeParse(JSON.parse(text))
    if (!manifest.success) return err(manifest.error.issues[0]?.message ?? 'not a manifest')
    return ok(manifest.data.files.filter(file => pathProblem(file.path) === null))
  } catch {
    return err('the manifest is not JSON')
  }
}

/** Why no artifact may have this path; null: it may. */
export function pathProblem(path: string): string | null {
  if (path.length > MAX_PATH_CHARS) return `its path is longer than ${MAX_PATH_CHARS} characters`
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') return 'its path has an empty, `.` or `..` segment'
    if (segment.length > MAX_SEGMENT_CHARS) return `a name in its path is longer than ${MAX_SEGMENT_CHARS} characters`
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is kept out
    if (/[\u0000-\u001f\u007f\\\ufffd]/.test(segment))
      return 'its path has control characters, a backslash or bytes that are no UTF-8'
  }
  return null
}

/** One list out of several runners' lists: the newest file of a path counts. */
export function mergeFiles<T extends ArtifactFile>(lists: readonly (readonly T[])[]): T[] {
  const byPath = new Map<string, T>()
  for (const file of lists.flat()) {
    const known = byPath.get(file.path)
    if (known === undefined || known.modifiedAt < file.modifiedAt) byPath.set(file.path, file)
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}
