// Sessions side by side, one per core: worlds know nothing of each other. Promise: what fails does not depend on the number of cores.
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Figures, Kind, SessionOptions } from './session.ts'

export interface Job {
  options: Omit<SessionOptions, 'print' | 'part' | 'parts'>
  kinds: readonly Kind[]
  plant: string | null
}

/** What a world makes is garbage soon: room for much of it costs fewer looks at what lives. */
const YOUNG_MB = 96

type Message = { line: string } | { figures: Figures }

/** Plays a job; `print` gets the lines of failures and traces as they come. */
export async function playJob(job: Job, print: (line: string) => void): Promise<Figures> {
  const isWhole =
    job.options.run === null && job.options.point === null && job.options.trace === 'none' && job.plant === null
  const parts = isWhole ? Math.min(availableParallelism(), 8) : 1
  if (parts === 1) return playPart(job, 0, 1, print)
  return sum(await Promise.all(Array.from({ length: parts }, (_, part) => inWorker(job, part, parts, print))))
}

async function playPart(job: Job, part: number, parts: number, print: (line: string) => void): Promise<Figures> {
  if (job.plant !== null) (await import('./plants.ts')).plant(job.plant)
  const { Session } = await import('./session.ts')
  return new Session({ ...job.options, part, parts, print }).run(job.kinds)
}

async function inWorker(job: Job, part: number, parts: number, print: (line: string) => void): Promise<Figures> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { job, part, parts },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  let figures: Figures | undefined
  worker.on('message', (message: Message) => {
    if ('line' in message) print(message.line)
    else figures = message.figures
  })
  const [code] = await once(worker, 'exit')
  if (figures === undefined) throw new Error(`a part of the simulator ended with code ${code}`)
  return figures
}

function sum(all: readonly Figures[]): Figures {
  const total: Figures = { passed: 0, failed: 0, seconds: 0, virtualMs: 0, points: 0, faults: {}, sums: {} }
  for (const { passed, failed, seconds, virtualMs, points, faults, sums } of all) {
    total.passed += passed
    total.failed += failed
    total.virtualMs += virtualMs
    total.seconds = Math.max(total.seconds, seconds)
    total.points = Math.max(total.points, points)
    for (const [from, to] of [
      [faults, total.faults],
      [sums, total.sums],
    ] as const) {
      for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count
    }
  }
  return total
}

if (!isMainThread && parentPort !== null && workerData?.job !== undefined) {
  const { job, part, parts } = workerData as { job: Job; part: number; parts: number }
  const port = parentPort
  const figures = await playPart(job, part, parts, line => port.postMessage({ line } satisfies Message))
  port.postMessage({ figures } satisfies Message)
}
