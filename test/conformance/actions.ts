// The actions of a case, done in order against a running DAG, each when its `after` has come true.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiClient, ApiError } from '../../cli/client/api-client.ts'
import type { Action } from './case-file.ts'
import { checkFiles } from './check-run.ts'
import { nodeOf, type Run, readRun } from './observe.ts'

const AFTER_LIMIT_MS = 30_000
const POLL_MS = 40

export interface ActionContext {
  client: ApiClient
  file: string
  /** Run id of the case, or of the run that an action names. */
  runId(name: string | undefined): string
  dir: string
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function until(what: string, test: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + AFTER_LIMIT_MS
  while (!(await test().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`waited ${AFTER_LIMIT_MS / 1000} s for "${what}"`)
    await pause(POLL_MS)
  }
}

async function waitFor(after: string, c: ActionContext): Promise<void> {
  const time = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(after)
  if (time) return void (await pause(Number(time[1]) * (time[2] === 's' ? 1000 : 1)))
  const files = /^file (.+)$/.exec(after)
  if (files)
    return until(after, async () =>
      (files[1] ?? '').split(',').every(name => existsSync(join(c.dir, name.trim().replace(/^file /, '')))),
    )
  const step = /^step (\S+) (\w+)(?: #(\d+))?$/.exec(after)
  if (step) {
    return until(
      after,
      async () => nodeOf(await readRun(c.client, c.file, c.runId(undefined)), step[1] ?? '')?.statusLabel === step[2],
    )
  }
  const run = /^run (?:(\S+) )?(\w+)$/.exec(after)
  if (run) return until(after, async () => (await readRun(c.client, c.file, c.runId(run[1]))).statusLabel === run[2])
  throw new Error(`unknown "after": ${after}`)
}

async function act(action: Action, c: ActionContext, run: Run): Promise<void> {
  const path = `/dag-runs/${encodeURIComponent(run.name)}/${run.dagRunId}`
  switch (action.do) {
    case 'stop':
      return void (await c.client.post(`${path}/stop`, {}))
    case 'retry':
      return void (await c.client.post(`${path}/retry`, {
        dagRunId: run.dagRunId,
        ...(action.step ? { stepName: action.step } : {}),
      }))
    case 'dequeue':
      return void (await c.client.get(`${path}/dequeue`))
    default:
      throw new Error(`unknown action ${action.do}`)
  }
}

function checkNow(action: Action, run: Run, dir: string): string[] {
  const out: string[] = []
  if (action.run_status && run.statusLabel !== action.run_status)
    out.push(`check: run is ${run.statusLabel}, expected ${action.run_status}`)
  for (const [key, wanted] of Object.entries(action.steps ?? {})) {
    const have = nodeOf(run, key)?.statusLabel
    if (have !== wanted) out.push(`check: step ${key} is ${have}, expected ${wanted}`)
  }
  for (const key of action.not_ran ?? []) if ((nodeOf(run, key)?.attempt ?? 0) > 0) out.push(`check: step ${key} ran`)
  return [...out, ...checkFiles(action.files ? { files: action.files } : {}, dir)]
}

/** Does all actions; answers what was not as expected. */
export async function doActions(actions: Action[], c: ActionContext): Promise<string[]> {
  const out: string[] = []
  for (const action of actions) {
    if (action.after) await waitFor(action.after, c)
    if (action.do === 'write_file') {
      writeFileSync(join(c.dir, action.path ?? ''), action.content ?? '')
      continue
    }
    const run = await readRun(c.client, c.file, c.runId(action.run))
    if (action.do === 'check') {
      out.push(...checkNow(action, run, c.dir))
      continue
    }
    try {
      await act(action, c, run)
      if (action.fails) out.push(`${action.do} was accepted, it must be refused`)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (!action.fails) out.push(`${action.do} was refused: ${error.message}`)
    }
  }
  return out
}
