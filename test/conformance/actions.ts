// The actions of a case, done in order against a running DAG, each when its `after` has come true.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type ApiClient, ApiError } from '../../cli/client/api-client.ts'
import { pause, until } from '../fixtures/wait.ts'
import type { Action, WebhookStart, WorkerSetup } from './case-file.ts'
import { writeFiles } from './case-world.ts'
import { checkFiles } from './check-run.ts'
import { subRunsOf } from './children.ts'
import { addressOf, nodeOf, type Run, readRun, runPath } from './observe.ts'
import { clientOf } from './principals.ts'
import { type Entry, setEntry } from './profiles.ts'
import { callWebhook, isNoPath } from './start.ts'
import type { Workers } from './workers.ts'

const AFTER_LIMIT_MS = 30_000
const POLL_MS = 40

export interface ActionContext {
  client: ApiClient
  file: string
  /** Run id of the case, or of the run that an action names. */
  runId(name: string | undefined): string
  dir: string
  workers: Workers
  /** Ids of the children of each step, as they were before the run was retried. */
  childIds: Map<string, string>
}

/** `nth` time that a step waits: each time before ended with a push-back or with the attempt of the run. */
const isThere = (run: Run, step: string, status: string, nth: number): boolean => {
  const node = nodeOf(run, step)
  return node?.statusLabel === status && (node.approvalIteration ?? 0) + (run.attempt ?? 1) >= nth
}

async function waitFor(after: string, c: ActionContext): Promise<unknown> {
  const seen = (test: () => boolean | Promise<boolean>) => until(`"${after}"`, test, AFTER_LIMIT_MS, POLL_MS)
  const time = /^(\d+(?:\.\d+)?)\s*(ms|s)$/.exec(after)
  if (time) return pause(Number(time[1]) * (time[2] === 's' ? 1000 : 1))
  const files = /^file (.+)$/.exec(after)
  if (files)
    return seen(() =>
      (files[1] ?? '').split(',').every(name => existsSync(resolve(c.dir, name.trim().replace(/^file /, '')))),
    )
  const step = /^step (.+) (\w+?)(?: #(\d+))?$/.exec(after)
  if (step)
    return seen(async () =>
      isThere(
        await readRun(c.client, c.file, c.runId(undefined)),
        step[1] ?? '',
        step[2] ?? '',
        step[3] === undefined ? 0 : Number(step[3]),
      ),
    )
  const run = /^run (?:(\S+) )?(\w+)$/.exec(after)
  if (run) return seen(async () => (await readRun(c.client, c.file, c.runId(run[1]))).statusLabel === run[2])
  throw new Error(`unknown "after": ${after}`)
}

const stepPath = (action: Action, run: Run): string =>
  `${runPath(addressOf(run))}/steps/${encodeURIComponent(nodeOf(run, action.step ?? '')?.step.name ?? action.step ?? '')}`

const given = (action: Action): object => (action.inputs ? { inputs: action.inputs } : {})

async function webhook(action: Action, c: ActionContext): Promise<void> {
  const answer = await callWebhook(c.client, c.file, action as WebhookStart)
  const text = await answer.text()
  const wanted = action.expect_status
  if (wanted === undefined ? !answer.ok : answer.status !== wanted)
    throw new ApiError(answer.status, 'webhook', `the webhook answered ${answer.status}: ${text}`, text)
}

/** Acts that are about a run. */
const ON_RUN: Record<string, (action: Action, run: Run, client: ApiClient) => Promise<unknown>> = {
  stop: (_, run, client) => client.post(`${runPath(addressOf(run))}/stop`, {}),
  retry: (action, run, client) =>
    client.post(`${runPath(addressOf(run))}/retry`, {
      dagRunId: run.dagRunId,
      ...(action.step ? { stepName: action.step } : {}),
    }),
  dequeue: (_, run, client) => client.get(`${runPath(addressOf(run))}/dequeue`),
  approve: (action, run, client) => client.post(`${stepPath(action, run)}/approve`, given(action)),
  push_back: (action, run, client) => client.post(`${stepPath(action, run)}/push-back`, given(action)),
  reject: (action, run, client) =>
    client.post(`${stepPath(action, run)}/reject`, action.reason === undefined ? {} : { reason: action.reason }),
}

async function act(action: Action, c: ActionContext): Promise<void> {
  const client = await clientOf(c.client, action.role)
  if (action.do === 'write_file') return writeFiles(c.dir, { [action.path ?? '']: action.content ?? '' })
  if (action.do === 'add_worker') return c.workers.add(action.worker as WorkerSetup)
  if (action.do === 'set_profile_entry') return void (await setEntry(client, action as unknown as Entry))
  if (action.do === 'webhook') return webhook(action, c)
  const run = await readRun(c.client, c.file, c.runId(action.run))
  if (action.do === 'retry') rememberChildren(run, c.childIds)
  const onRun = ON_RUN[action.do]
  if (!onRun) throw new Error(`unknown action ${action.do}`)
  await onRun(action, run, client)
}

function rememberChildren(run: Run, childIds: Map<string, string>): void {
  for (const node of run.nodes) childIds.set(node.step.name, idsOf(run, node.step.name))
}

const idsOf = (run: Run, step: string): string =>
  subRunsOf(run, step)
    .map(sub => sub.dagRunId)
    .sort()
    .join()

/** Steps whose children are not the ones they had before the retry. */
export function movedChildren(steps: string[] | undefined, run: Run, before: Map<string, string>): string[] {
  return (steps ?? []).flatMap(key => {
    const step = nodeOf(run, key)?.step.name ?? key
    const had = before.get(step) ?? ''
    const has = idsOf(run, step)
    return had !== '' && had === has
      ? []
      : [`children of ${key} before the retry: ${had || 'none'}, after: ${has || 'none'}`]
  })
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
    if (action.do === 'check') {
      out.push(...checkNow(action, await readRun(c.client, c.file, c.runId(action.run)), c.dir))
      continue
    }
    try {
      await act(action, c)
      if (action.fails) out.push(`${action.do} was accepted, it must be refused`)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // A server that does not know the call at all has refused nothing.
      if (!action.fails || isNoPath(error)) out.push(`${action.do} was refused: ${error.message}`)
    }
  }
  return out
}
