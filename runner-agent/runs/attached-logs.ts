// Logs that go along with a mail: their ends, as they leave the host otherwise too, so with secrets masked.
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { Attachment } from '@edgedag/steps/step'
import { stepFiles } from './step-files.ts'
import type { RunWorld } from './world.ts'

/** Of one log. */
const MOST_BYTES = 1024 * 1024

/** Steps of the run that have ended, each with its last attempt on this host. */
const endedSteps = ({ run, nodes }: RunWorld): { name: string; attempt: number }[] =>
  [...run.results].flatMap(([name, { attempt }]) => (nodes.get(name)?.handler ? [] : [{ name, attempt }]))

/** The logs of these attempts (of all steps so far) that have anything in them, at most `maxBytes` together. */
export const attachedLogs = (
  world: RunWorld,
  steps: readonly { name: string; attempt: number }[] | 'all',
  maxBytes: number,
): Attachment[] => {
  const attached: Attachment[] = []
  let left = maxBytes
  for (const { name, attempt } of steps === 'all' ? endedSteps(world) : steps) {
    const node = world.nodes.get(name)
    if (node === undefined || attempt === 0) continue
    const files = stepFiles(world.paths, world.dag, node.step, name, attempt)
    for (const stream of files.streams) {
      const content = readEnd(world.logs.visiblePath(stream, files), Math.min(left, MOST_BYTES))
      if (content.length === 0) continue
      left -= content.length
      attached.push({ name: `${name}.${files.merged ? 'log' : stream}.txt`.replace(/[^\w.-]/g, '_'), content })
    }
  }
  return attached
}

const readEnd = (path: string, bytes: number): Uint8Array => {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const buffer = Buffer.alloc(Math.min(size, bytes))
  if (buffer.length === 0) return buffer
  const fd = openSync(path, 'r')
  try {
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, size - buffer.length))
  } finally {
    closeSync(fd)
  }
}
