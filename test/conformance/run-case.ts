// Runs one case on a real control plane with a real agent: files written, DAG handed over, run started, followed, compared.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ApiClient, ApiError } from '../../cli/client/api-client.ts'
import type { RunningHost } from '../../cli/embedded/host.ts'
import { readSchemaFiles } from '../../cli/schema-files.ts'
import { doActions } from './actions.ts'
import { type Expectation, fill, type LoadedCase } from './case-file.ts'
import { checkRun } from './check-run.ts'
import { matchesGist, show } from './compare.ts'
import { checkMany } from './many-runs.ts'
import { ACTIVE, type Run, readRun } from './observe.ts'

const POLL_MS = 40
const MAX_SECONDS = 60

let counter = 0

function writeFiles(dir: string, files: Record<string, string> | undefined): void {
  for (const [name, content] of Object.entries(files ?? {})) {
    const path = join(dir, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    if (content.startsWith('#!')) chmodSync(path, 0o755)
  }
}

/** Errors that the product finds in the file, as one text. */
async function loadErrors(client: ApiClient, spec: string, name: string): Promise<string> {
  const answer = await client
    .post<{ valid: boolean; errors: string[] | null }>('/dags/validate', { spec, name })
    .catch(refusal)
  return 'refused' in answer ? answer.refused : (answer.errors ?? []).join('\n')
}

const refusal = (error: unknown): { refused: string } => {
  if (error instanceof ApiError && error.status >= 400 && error.status < 500)
    return { refused: error.message || 'refused' }
  throw error
}

/** Waits until nothing more happens by itself. Throws when it takes longer than the case allows. */
export async function settle(client: ApiClient, file: string, runId: string, maxSeconds: number): Promise<Run> {
  const deadline = performance.now() + maxSeconds * 1000
  for (;;) {
    const run = await readRun(client, file, runId)
    if (!ACTIVE.has(run.statusLabel)) return run
    if (performance.now() > deadline) {
      const running = run.nodes.filter(n => n.statusLabel === 'running').map(n => n.step.name)
      throw new Error(
        `still ${run.statusLabel} after ${maxSeconds} s (running: ${running.join(', ') || 'none'}; reason: ${show(run.reason)})`,
      )
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

/** Runs the case and answers what differs; empty means passed. */
export async function runCase(source: LoadedCase, host: RunningHost): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'edgedag-case-'))
  const { client } = host
  const c = fill(source, { __WORKDIR__: dir })
  const expect: Expectation = c.expect ?? {}
  counter += 1
  const file = `${c.case}`.slice(0, 60)
  const runId = `c${process.pid}-${counter}`
  try {
    writeFiles(dir, c.files)
    const spec = c.dags ?? ''
    writeFileSync(join(dir, `${file}.yaml`), spec)
    if (expect.load_error !== undefined) {
      const errors = await loadErrors(client, spec, file)
      if (errors !== '')
        return matchesGist(expect.load_error, errors)
          ? []
          : [`load error ${show(errors)} does not match ${expect.load_error}`]
    }
    const others = Object.entries(c.dag_files ?? {}).map(([name, text]) => ({
      fileName: name.replace(/\.ya?ml$/, ''),
      spec: text,
    }))
    writeFiles(dir, c.dag_files)
    await client.post('/source/sync', {
      runner: 'local',
      dir,
      files: [{ fileName: file, spec, files: readSchemaFiles(spec, file, dir) }, ...others],
      removed: [],
    })
    if (c.suspended) await client.post(`/dags/${file}/suspend`, { suspend: true })
    if (c.runs || c.enqueue) return await checkMany(c, expect, { client, file, dir, prefix: runId })
    const from = performance.now()
    const started = await client.post(`/dags/${file}/start`, { dagRunId: runId, ...startParams(c) }).catch(refusal)
    const wanted = expect.load_error ?? expect.start_error
    if (started && typeof started === 'object' && 'refused' in started) {
      const words = String(started.refused)
      if (wanted === undefined) return [`the start was refused: ${words}`]
      return matchesGist(wanted, words) ? [] : [`refusal ${show(words)} does not match ${wanted}`]
    }
    const limit = expect.max_seconds ?? MAX_SECONDS
    const differences = await doActions(c.actions ?? [], { client, file, dir, runId: () => runId })
    let run = await settle(client, file, runId, limit)
    if (c.settle_seconds || expect.settle_seconds) {
      await new Promise(resolve => setTimeout(resolve, Number(c.settle_seconds ?? expect.settle_seconds) * 1000))
      run = await settle(client, file, runId, limit)
    }
    if (wanted !== undefined) return refusedBeforeSteps(run, wanted)
    const seconds = (performance.now() - from) / 1000
    return [...differences, ...(await checkRun({ expect, run, client, dir, seconds }))]
  } finally {
    await client.delete(`/dags/${file}`).catch(() => {})
    rmSync(dir, { recursive: true, force: true })
  }
}

const startParams = (c: LoadedCase) => (c.start?.params === undefined ? {} : { params: c.start.params })

/** The README allows the refusal anywhere before a step begins: also by the run itself. */
function refusedBeforeSteps(run: Run, wanted: string): string[] {
  const began = run.nodes.filter(n => (n.attempt ?? 0) > 0).map(n => n.step.name)
  if (began.length > 0) return [`it was not refused: ${began.join(', ')} ran`]
  return matchesGist(wanted, run.error ?? '')
    ? []
    : [`it was not refused: run ${run.statusLabel}, error ${show(run.error)}`]
}
