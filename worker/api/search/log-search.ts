// A text in the logs of many runs, newest first. Promise: bounded in runs, bytes, hits and time, whatever is asked for; where it stops
// before the end it says why, and with what it goes on. What is only on a host yet is read there; where that cannot be, it is said.
import { type LogHit, type RunSummary, SINGLETON, type StepLogIndex } from '../../objects/contracts.ts'
import type { RunQuery } from '../../objects/index/runs.ts'
import { LineFinder } from '../../search/lines.ts'
import type { ApiDeps } from '../deps.ts'
import { runStub } from '../find-run.ts'
import { type LogSource, openLog } from '../logs/log-source.ts'

export interface LogQuery extends Omit<RunQuery, 'limit' | 'cursor' | 'text'> {
  text: string
  /** Hits in all. */
  limit: number
  cursor?: string
}

/** A line of the run itself, or of one that it has called, directly or by others. */
export type RunHit = LogHit & { subDagName?: string; subDagRunId?: string }

/** A log that was not looked at, or not to its end. */
export type Unsearched = Pick<RunHit, 'step' | 'attempt' | 'stream' | 'subDagName' | 'subDagRunId'> & { why: string }

export type LogFound =
  | { type: 'hit'; run: RunSummary; hit: RunHit }
  | { type: 'unsearched'; run: RunSummary; log: Unsearched }
  | {
      type: 'end'
      reason: 'complete' | 'hits' | 'runs' | 'bytes' | 'time'
      runs: number
      bytes: number
      /** Logs that were not looked at to their end. */
      unsearched: number
      cursor?: string
    }

/** Runs that are looked at together. */
const TOGETHER = 8
const MAX_RUNS = 400
const MAX_BYTES = 256 * 1024 * 1024
const MAX_MS = 20_000
const MAX_HITS_PER_RUN = 20
/** Called runs of one run that are looked at. */
const MAX_CALLED = 200
const READ_BYTES = 1024 * 1024
/** Of one log that is still on its host. */
const MAX_HOST_BYTES = 2 * 1024 * 1024

interface Looked {
  run: RunSummary
  hits: RunHit[]
  unsearched: Unsearched[]
  bytes: number
}

export async function* searchManyLogs(deps: ApiDeps, query: LogQuery): AsyncGenerator<LogFound> {
  const until = deps.now() + MAX_MS
  // A runner that has not answered once is not asked again: each question takes ten seconds.
  const away = new Set<string>()
  const { text, limit, cursor: from, ...filters } = query
  let [runs, bytes, hits, unsearched, cursor] = [0, 0, 0, 0, from]
  const end = (reason: Extract<LogFound, { type: 'end' }>['reason']): LogFound => ({
    type: 'end',
    reason,
    runs,
    bytes,
    unsearched,
    ...(reason === 'complete' || cursor === undefined ? {} : { cursor }),
  })
  for (;;) {
    const page = await deps
      .object('index', SINGLETON)
      .runs({ ...filters, limit: TOGETHER, ...(cursor === undefined ? {} : { cursor }) })
    const looked = await Promise.all(
      page.runs.map(run => searchRun(deps, run, { text, maxBytes: MAX_BYTES / TOGETHER, away })),
    )
    for (const { run, hits: its, bytes: read, unsearched: left } of looked) {
      runs += 1
      bytes += read
      unsearched += left.length
      for (const hit of its) {
        yield { type: 'hit', run, hit }
        hits += 1
      }
      for (const log of left) yield { type: 'unsearched', run, log }
    }
    if (page.nextCursor === undefined) return yield end('complete')
    cursor = page.nextCursor
    // A page is always shown whole, so that its cursor misses nothing.
    if (hits >= limit) return yield end('hits')
    if (runs >= MAX_RUNS) return yield end('runs')
    if (bytes >= MAX_BYTES) return yield end('bytes')
    if (deps.now() >= until) return yield end('time')
  }
}

async function searchRun(
  deps: ApiDeps,
  run: RunSummary,
  { text, maxBytes, away }: { text: string; maxBytes: number; away: Set<string> },
): Promise<Looked> {
  const looked: Looked = { run, hits: [], unsearched: [], bytes: 0 }
  const ids = [run.runId]
  for (let i = 0; i < ids.length && i <= MAX_CALLED; i++) {
    const limit = MAX_HITS_PER_RUN - looked.hits.length
    if (limit <= 0 || looked.bytes >= maxBytes) break
    const found = await runStub(deps, ids[i]!).searchLogs(ids[i]!, { text, limit })
    if (found === null) continue
    ids.push(...found.called.slice(0, MAX_CALLED))
    const of = i === 0 ? {} : { subDagName: found.name, subDagRunId: ids[i]! }
    looked.hits.push(...found.hits.map(hit => ({ ...hit, ...of })))
    looked.bytes += found.looked
    for (const { index, ...log } of found.elsewhere) {
      if (looked.hits.length >= MAX_HITS_PER_RUN || looked.bytes >= maxBytes) break
      const live = index.live !== null && away.has(index.live.runnerId) ? null : index.live
      const opened = await openLog(deps, { runId: ids[i]!, stream: log.stream }, { ...index, live })
      if (opened.away !== undefined) away.add(opened.away)
      const source = live === index.live ? opened : { ...opened, size: sealedEnd(index), away: index.live!.runnerId }
      await searchSource(source, { ...log, ...of }, { text, sealed: sealedEnd(index) }, looked)
    }
  }
  return looked
}

const sealedEnd = ({ segments }: StepLogIndex): number =>
  segments.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes), 0)

/** `sealed`: bytes that need no host. */
async function searchSource(
  source: LogSource,
  of: Omit<Unsearched, 'why'>,
  { text, sealed }: { text: string; sealed: number },
  looked: Looked,
): Promise<void> {
  const decoder = new TextDecoder()
  const finder = new LineFinder(text, 1, (line, lineNumber) => {
    if (looked.hits.length < MAX_HITS_PER_RUN) looked.hits.push({ ...of, line, lineNumber })
  })
  const end = Math.min(source.size, sealed + MAX_HOST_BYTES)
  let offset = 0
  while (offset < end && looked.hits.length < MAX_HITS_PER_RUN) {
    const { data, bytes } = await source.read(offset, Math.min(READ_BYTES, end - offset))
    if (bytes === 0) break
    offset += bytes
    looked.bytes += data.byteLength
    finder.push(decoder.decode(data, { stream: true }))
  }
  finder.end()
  if (source.away !== undefined)
    looked.unsearched.push({ ...of, why: `the log is on runner ${source.away}, which does not answer` })
  else if (end < source.size)
    looked.unsearched.push({
      ...of,
      why: `${source.size - end} bytes of the log are on its host only, too many to ask for`,
    })
}
