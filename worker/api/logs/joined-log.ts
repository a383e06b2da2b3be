// The executions of a step as one log, one after the other, as if they had written to one file.
// Promise: what is before the newest execution keeps its length, so an offset means the same byte in every read.
import { logSize, type StepLogIndex } from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'
import { type CountedPiece, type LogName, type LogSource, openLog } from './log-source.ts'

/** Opens the log of a step with the executions before the newest one. */
export async function openStepLog(deps: ApiDeps, name: LogName, index: StepLogIndex): Promise<LogSource> {
  const { earlier = [] } = index
  const [newest, ...before] = await Promise.all([index, ...earlier].map(part => openLog(deps, name, part)))
  if (before.length === 0) return newest!
  return joined([...before.map((source, i) => ({ ...source, size: logSize(earlier[i]!) })), newest!])
}

function joined(parts: LogSource[]): LogSource {
  let size = 0
  const placed = parts.map(source => {
    const at = size
    size += source.size
    return { source, at, end: size }
  })
  return {
    size,
    pieces: leadingPieces(placed),
    isGrowing: parts.some(({ isGrowing }) => isGrowing === true),
    // An execution whose last line does not end leaves it to the next one to go on.
    lines: null,
    async read(offset, length) {
      const part = placed.find(({ at, end }) => offset >= at && offset < end)
      return part === undefined
        ? { data: new Uint8Array(0), bytes: 0 }
        : part.source.read(offset - part.at, Math.min(length, part.end - offset))
    },
  }
}

/** Counted pieces from the beginning on, up to the first part that is not counted to its end. */
function leadingPieces(placed: { source: LogSource; at: number }[]): CountedPiece[] {
  const pieces: CountedPiece[] = []
  for (const { source, at } of placed) {
    pieces.push(...source.pieces.map(piece => ({ ...piece, offset: at + piece.offset })))
    if (source.pieces.reduce((sum, piece) => sum + piece.bytes, 0) < source.size) break
  }
  return pieces
}
