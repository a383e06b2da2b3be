// Runs one case on a real control plane with a real agent: files written, DAG handed over, run started, followed, compared.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiClient } from '../../cli/client/api-client.ts'
import { readSchemaFiles } from '../../cli/schema-files.ts'
import { doActions, movedChildren } from './actions.ts'
import type { Expectation, LoadedCase } from './case-file.ts'
import { type CaseWorld, writeFiles } from './case-world.ts'
import { checkRun } from './check-run.ts'
import { matchesGist, show } from './compare.ts'
import { checkHistory } from './history.ts'
import type { Place } from './hosts.ts'
import { checkMany } from './many-runs.ts'
import { ACTIVE, type Run, readRun } from './observe.ts'
import { checkOutside } from './outside.ts'
import { type Begun, begin, refusal } from './start.ts'

const POLL_MS = 40
export const MAX_SECONDS = 60

/** Errors that the product finds in the file, as one text. */
async function loadErrors(client: ApiClient, spec: string, name: string): Promise<string> {
  const answer = await client
    .post<{ valid: boolean; errors: string[] | null }>('/dags/validate', { spec, name })
    .catch(refusal)
  return 'refused' in answer ? answer.refused : (answer.errors ?? []).join('\n')
}

/** Waits until nothing more happens by itself. Throws when it takes longer than the case allows. */
export async function settle(client: ApiClient, file: string, runId: string, maxSeconds: number): Promise<Run> {
  const deadline = performance.now() + maxSeconds * 1000
  for (;;) {
    const run = await readRun(client, file, runId)
    // A failed run that its DAG will retry by itself is not over.
    if (!ACTIVE.has(run.statusLabel) && run.nextRetryAt === undefined) return run
    if (performance.now() > deadline) {
      const running = run.nodes.filter(n => n.statusLabel === 'running').map(n => n.step.name)
      throw new Error(
        `still ${run.statusLabel} after ${maxSeconds} s (running: ${running.join(', ') || 'none'}; reason: ${show(run.reason)})`,
      )
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

/** Hands the DAG and the other files of the case to the control plane. */
async function handOver(c: LoadedCase, { host, file }: Place, dir: string): Promise<void> {
  const spec = c.dags ?? ''
  writeFiles(dir, c.dag_files)
  const others = Object.entries(c.dag_files ?? {}).map(([name, text]) => ({
    fileName: name.replace(/\.ya?ml$/, ''),
    spec: text,
  }))
  await host.client.post('/source/sync', {
    runner: 'local',
    dir,
    files: [{ fileName: file, spec, files: readSchemaFiles(spec, file, dir) }, ...others],
    removed: [],
  })
  if (c.suspended) await host.client.post(`/dags/${file}/suspend`, { suspend: true })
}

const otherFiles = (c: LoadedCase): string[] => Object.keys(c.dag_files ?? {}).map(name => name.replace(/\.ya?ml$/, ''))

const STOP_LIMIT_MS = 15_000

async function stopAll(client: ApiClient, files: string[]): Promise<void> {
  for (const file of files) {
    await client.post(`/dags/${file}/stop-all`, {}).catch(() => {})
    const deadline = performance.now() + STOP_LIMIT_MS
    for (;;) {
      const listed = await client.get<{ dagRuns: Run[] }>(`/dags/${file}/dag-runs`).catch(() => ({ dagRuns: [] }))
      if (!listed.dagRuns.some(run => run.statusLabel === 'running') || performance.now() > deadline) break
      await new Promise(resolve => setTimeout(resolve, POLL_MS))
    }
  }
}

/** Runs the case and answers what differs; empty means passed. */
export async function runCase(world: CaseWorld, place: Place): Promise<string[]> {
  const { c, dir } = world
  const { file } = place
  const { client } = place.host
  const expect: Expectation = c.expect ?? {}
  if (place.refusedBase !== undefined) return refusedAsWanted(expect, { refused: place.refusedBase })
  writeFiles(dir, c.files)
  writeFileSync(join(dir, `${file}.yaml`), c.dags ?? '')
  if (expect.load_error !== undefined) {
    const errors = await loadErrors(client, c.dags ?? '', file)
    if (errors !== '')
      return matchesGist(expect.load_error, errors)
        ? []
        : [`load error ${show(errors)} does not match ${expect.load_error}`]
  }
  try {
    await handOver(c, place, dir)
    return await (c.runs || c.enqueue ? checkMany(world, expect, place) : checkOne(world, expect, place))
  } catch (error) {
    // Steps outlive their agent on purpose: nothing of a case that hangs may be left.
    await stopAll(client, [file, ...otherFiles(c)])
    throw error
  } finally {
    await client.delete(`/dags/${file}`).catch(() => {})
    for (const name of otherFiles(c)) await client.delete(`/dags/${name}`).catch(() => {})
  }
}

const pauseSeconds = (seconds: number) => new Promise(resolve => setTimeout(resolve, seconds * 1000))

async function checkOne(world: CaseWorld, expect: Expectation, place: Place): Promise<string[]> {
  const { c, dir } = world
  const { host, file, workers, prefix } = place
  const { client } = host
  const from = performance.now()
  const begun = await begin(c, client, file, prefix)
  const history = () => checkHistory(expect, { client, file, id: name => `${prefix}-${name}` })
  const answered = webhookAnswer(expect, begun)
  if ('refused' in begun) return [...answered, ...refusedAsWanted(expect, begun), ...(await history())]
  const { runId } = begun
  const limit = expect.max_seconds ?? MAX_SECONDS
  const childIds = new Map<string, string>()
  const acted = await doActions(c.actions ?? [], { client, file, dir, workers, childIds, runId: () => runId })
  let run = await settle(client, file, runId, limit)
  const more = c.settle_seconds ?? expect.settle_seconds
  if (more) {
    await pauseSeconds(Number(more))
    run = await settle(client, file, runId, limit)
  }
  if (isRefusal(expect)) return refusedBeforeSteps(run, expect)
  const seconds = (performance.now() - from) / 1000
  return [
    ...answered,
    ...acted,
    ...(await checkRun({ expect, run, client, dir, seconds })),
    ...movedChildren(expect.child_ids_stable, run, childIds),
    ...(await history()),
    ...checkOutside(expect, world),
  ]
}

const webhookAnswer = (expect: Expectation, begun: Begun): string[] =>
  expect.webhook_status === undefined || expect.webhook_status === begun.webhookStatus
    ? []
    : [
        `webhook: expected ${expect.webhook_status}, got ${begun.webhookStatus ?? 'no call of a webhook'}${'refused' in begun ? ` (${begun.refused})` : ''}`,
      ]

/** The case is about a file or a start that must be refused. */
export const isRefusal = (expect: Expectation): boolean =>
  expect.load_error !== undefined || expect.start_error !== undefined

/** A start that was refused: is that what the case is about? */
export function refusedAsWanted(expect: Expectation, begun: { refused: string }): string[] {
  const wanted = expect.load_error ?? expect.start_error
  if (wanted === undefined)
    return expect.webhook_status === undefined ? [`the start was refused: ${begun.refused}`] : []
  return matchesGist(wanted, begun.refused) ? [] : [`refusal ${show(begun.refused)} does not match ${wanted}`]
}

/** The README allows the refusal anywhere before a step begins: also by the run itself. */
export function refusedBeforeSteps(run: Run, expect: Expectation): string[] {
  const began = run.nodes.filter(n => (n.attempt ?? 0) > 0).map(n => n.step.name)
  if (began.length > 0) return [`it was not refused: ${began.join(', ')} ran`]
  return matchesGist(expect.load_error ?? expect.start_error ?? '', run.error ?? '')
    ? []
    : [`it was not refused: run ${run.statusLabel}, error ${show(run.error)}`]
}
