// Compares one settled run with what its case expects. Every difference is said; none is forgiven.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type ApiClient, ApiError } from '../../cli/client/api-client.ts'
import type { Expectation } from './case-file.ts'
import { checkChildren } from './children.ts'
import { compareText, isSubset, matchesGist, show } from './compare.ts'
import { addressOf, nodeOf, type Run, readArtifacts, readLog, readOutputs } from './observe.ts'
import { isNoPath } from './start.ts'

const HANDLER_NAMES: Record<string, string> = {
  init: 'onInit',
  success: 'onSuccess',
  failure: 'onFailure',
  abort: 'onAbort',
  exit: 'onExit',
  wait: 'onWait',
}

function checkSteps(expect: Expectation, run: Run): string[] {
  const out: string[] = []
  for (const [key, wanted] of Object.entries(expect.steps ?? {})) {
    const node = nodeOf(run, key)
    const have = node?.statusLabel ?? (key.startsWith('on') ? 'not_started' : 'no such step')
    if (have !== wanted)
      out.push(`step ${key}: expected ${wanted}, got ${have}${node?.error ? ` (${node.error})` : ''}`)
  }
  for (const [kind, wanted] of Object.entries(expect.handlers ?? {})) {
    const have = nodeOf(run, HANDLER_NAMES[kind] ?? kind)?.statusLabel ?? 'not_started'
    if (have !== (wanted === 'not_run' ? 'not_started' : wanted))
      out.push(`handler ${kind}: expected ${wanted}, got ${have}`)
  }
  for (const key of expect.not_ran ?? []) {
    const attempts = nodeOf(run, key)?.attempt ?? 0
    if (attempts > 0) out.push(`step ${key} ran (${attempts} times), it must not`)
  }
  for (const [key, wanted] of Object.entries(expect.attempts ?? {})) {
    const have = nodeOf(run, key)?.attempt ?? 0
    if (have !== wanted) out.push(`step ${key}: expected ${wanted} attempts, got ${have}`)
  }
  for (const [before, after] of expect.order ?? []) {
    const a = nodeOf(run, before)
    const b = nodeOf(run, after)
    const finished = a?.finishedAtMs ?? Date.parse(a?.finishedAt ?? '')
    const started = b?.startedAtMs ?? Date.parse(b?.startedAt ?? '')
    if (!(finished <= started))
      out.push(`order: ${before} (finished ${finished}) must end before ${after} (started ${started}) starts`)
  }
  return out
}

async function checkTexts(expect: Expectation, run: Run, client: ApiClient): Promise<string[]> {
  const out: (string | null)[] = []
  const log = async (key: string, stream: 'stdout' | 'stderr') => {
    const name = nodeOf(run, key)?.step.name ?? key
    return readLog(client, run, name, stream).catch(() => undefined)
  }
  for (const [key, wanted] of Object.entries(expect.stdout ?? {}))
    out.push(compareText(`stdout of ${key}`, wanted, await log(key, 'stdout')))
  for (const [key, wanted] of Object.entries(expect.stderr ?? {}))
    out.push(compareText(`stderr of ${key}`, wanted, await log(key, 'stderr')))
  for (const [key, wanted] of Object.entries(expect.stdout_contains ?? {})) {
    const have = (await log(key, 'stdout')) ?? ''
    for (const part of wanted)
      if (!have.includes(part)) out.push(`stdout of ${key}: ${show(part)} is not in ${show(have)}`)
  }
  if (expect.outputs || expect.outputs_json) {
    const outputs = await readOutputs(client, run)
    for (const [key, wanted] of Object.entries(expect.outputs ?? {})) {
      if (wanted === '' && outputs[key] === undefined) continue
      out.push(compareText(`output ${key}`, wanted, outputs[key]))
    }
    for (const [key, wanted] of Object.entries(expect.outputs_json ?? {})) {
      if (!isSubset(wanted, parseJson(outputs[key])))
        out.push(`output ${key}: expected ${show(wanted)}, got ${show(outputs[key])}`)
    }
  }
  return out.filter(line => line !== null)
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

export function checkFiles(expect: Pick<Expectation, 'files' | 'files_json' | 'file_lines'>, dir: string): string[] {
  const out: (string | null)[] = []
  const read = (name: string) => (existsSync(resolve(dir, name)) ? readFileSync(resolve(dir, name), 'utf8') : undefined)
  for (const [name, wanted] of Object.entries(expect.files ?? {})) {
    const have = read(name)
    if (wanted !== 'absent:' && have === undefined) out.push(`file ${name} is missing`)
    else out.push(compareText(`file ${name}`, wanted, have))
  }
  for (const [name, wanted] of Object.entries(expect.files_json ?? {})) {
    if (!isSubset(wanted, parseJson(read(name))))
      out.push(`file ${name}: expected ${show(wanted)}, got ${show(read(name))}`)
  }
  for (const [name, wanted] of Object.entries(expect.file_lines ?? {})) {
    const lines = (read(name) ?? '').split('\n').filter(line => line !== '').length
    if (lines !== wanted) out.push(`file ${name}: expected ${wanted} lines, got ${lines}`)
  }
  return out.filter(line => line !== null)
}

const ARTIFACTS_LIMIT_MS = 15_000
const POLL_MS = 100

/** Files of the run's artifact directory; they may arrive a moment after its end. */
export async function checkArtifacts(wanted: Record<string, string>, run: Run, client: ApiClient): Promise<string[]> {
  const deadline = performance.now() + ARTIFACTS_LIMIT_MS
  for (;;) {
    const have = await readArtifacts(client, run).catch((error: Error) => error)
    const out =
      have instanceof Error
        ? [`artifacts: ${have.message}`]
        : Object.entries(wanted).map(([path, text]) => compareText(`artifact ${path}`, text, have.get(path)))
    const differences = out.filter(line => line !== null)
    const isOver = performance.now() > deadline || (have instanceof ApiError && isNoPath(have))
    if (differences.length === 0 || isOver) return differences
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

/** Where the run was, and with which profile. */
function checkPlace(expect: Expectation, run: Run): string[] {
  const out: string[] = []
  const { profile, worker } = expect
  if (profile !== undefined && (run.profileName ?? '') !== profile)
    out.push(`profile: expected ${show(profile)}, got ${show(run.profileName)}`)
  if (worker?.run !== undefined && run.workerId !== worker.run)
    out.push(`worker: expected ${worker.run}, got ${show(run.workerId)}`)
  const hosts = new Set([run.workerId, ...run.nodes.map(node => node.host)])
  for (const name of expect.not_on_worker ?? []) if (hosts.has(name)) out.push(`worker ${name} got something`)
  return out
}

/** All differences; empty when the run is as expected. `seconds` is how long it took to settle. */
export async function checkRun(o: {
  expect: Expectation
  run: Run
  client: ApiClient
  dir: string
  seconds: number
}): Promise<string[]> {
  const { expect, run } = o
  const out: string[] = []
  if (expect.status !== undefined && run.statusLabel !== expect.status) {
    out.push(`status: expected ${expect.status}, got ${run.statusLabel}${run.error ? ` (${run.error})` : ''}`)
  }
  if (expect.error !== undefined) {
    const errors = [run.error, ...run.nodes.map(n => n.error)].filter(Boolean).join('\n')
    if (!matchesGist(expect.error.replace(/^re:/, ''), errors))
      out.push(`error: ${show(errors)} does not match ${expect.error}`)
  }
  if (expect.min_seconds !== undefined && o.seconds < expect.min_seconds) {
    out.push(`took ${o.seconds.toFixed(1)} s, at least ${expect.min_seconds} s were expected`)
  }
  if (expect.run_attempts !== undefined && run.attempt !== expect.run_attempts) {
    out.push(`expected ${expect.run_attempts} attempts of the run, got ${run.attempt}`)
  }
  if (expect.auto_retries !== undefined && run.autoRetryCount !== expect.auto_retries) {
    out.push(`expected ${expect.auto_retries} automatic retries, got ${run.autoRetryCount}`)
  }
  out.push(...checkPlace(expect, run), ...checkSteps(expect, run), ...(await checkTexts(expect, run, o.client)))
  out.push(...checkFiles(expect, o.dir), ...(await checkChildren(expect, run, addressOf(run).root, o.client)))
  if (expect.artifacts) out.push(...(await checkArtifacts(expect.artifacts, run, o.client)))
  return out
}
