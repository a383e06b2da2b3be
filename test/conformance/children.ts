// The child runs of a run: which there are below a step, what each of them shows, and whether that is what a case expects.
import type { ApiClient } from '../../cli/client/api-client.ts'
import type { ChildExpectation, Expectation } from './case-file.ts'
import { compareText, pairUp, show } from './compare.ts'
import { nodeOf, type Run, type RunAddress, readLogAt, readOutputs, runPath } from './observe.ts'

interface SubRun {
  dagRunId: string
  params?: string
  dagName?: string
  statusLabel?: string
  /** There is no such run: it was refused. */
  refused?: boolean
}

/** The children of a step, those of earlier repetitions first. */
export function subRunsOf(run: Run, step: string): SubRun[] {
  const node = nodeOf(run, step)
  return [...((node?.subRunsRepeated ?? []) as SubRun[]), ...((node?.subRuns ?? []) as SubRun[])]
}

/** `K=V K=two words`, a flat JSON object, or bare values, as one map; bare values are called by their position. */
export function paramsOf(given: string | Record<string, unknown> | undefined): Map<string, string> {
  const named = asObject(given)
  if (named) return new Map(Object.entries(named).map(([key, value]) => [key, asText(value)]))
  const text = String(given ?? '').trim()
  if (text === '') return new Map()
  const starts = [...text.matchAll(/(?:^|\s)([A-Za-z_0-9]\w*)=/g)]
  const bare = (starts[0] ? text.slice(0, starts[0].index) : text).trim()
  const found = new Map<string, string>()
  for (const [index, value] of bare.split(/\s+/).filter(Boolean).entries())
    found.set(String(index + 1), unquoted(value))
  for (const [index, start] of starts.entries()) {
    const from = start.index + start[0].length
    found.set(String(start[1]), unquoted(text.slice(from, starts[index + 1]?.index).trim()))
  }
  return found
}

function asObject(given: unknown): Record<string, unknown> | undefined {
  let value = given
  if (typeof given === 'string' && /^\s*\{/.test(given)) {
    try {
      value = JSON.parse(given)
    } catch {
      return undefined
    }
  }
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const unquoted = (text: string): string => (/^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('\\"', '"') : text)

/** What was given is among what the child has: defaults fill in the rest, and a position may have a declared name. */
function hasParams(wanted: ChildExpectation['params'], have: string): boolean {
  const expected = paramsOf(wanted)
  const actual = paramsOf(have)
  const values = [...actual.values()]
  return [...expected].every(
    ([key, value]) => actual.get(key) === value || (/^\d+$/.test(key) && values[Number(key) - 1] === value),
  )
}

/** A child that never came to life, as what its parent shows of it. */
const refusedRun = ({ dagRunId, dagName = '', params = '', statusLabel = '' }: SubRun): Run => ({
  ...{ dagRunId, name: dagName, params, statusLabel, triggerType: 'subdag' },
  ...{ startedAt: '', finishedAt: '', nodes: [] },
})

/** Differences of one child from one expectation. */
async function differences(
  wanted: ChildExpectation,
  sub: SubRun,
  at: RunAddress,
  client: ApiClient,
): Promise<string[]> {
  const run = sub.refused ? refusedRun(sub) : (await client.get<{ dagRunDetails: Run }>(runPath(at))).dagRunDetails
  const out: (string | null)[] = []
  const same = (what: string, expected: unknown, have: unknown) => {
    if (expected !== undefined && expected !== have) out.push(`${what}: expected ${show(expected)}, got ${show(have)}`)
  }
  same('status', wanted.status, run.statusLabel)
  same('name', wanted.name, run.name)
  same('worker', wanted.worker, run.workerId)
  same('profile', wanted.profile, wanted.profile === undefined ? undefined : (run.profileName ?? ''))
  const given = [run.params, sub.params].filter(text => typeof text === 'string')
  if (wanted.params !== undefined && !given.some(text => hasParams(wanted.params, text)))
    out.push(`params: expected ${show(wanted.params)}, got ${show(given)}`)
  for (const [step, status] of Object.entries(wanted.steps ?? {}))
    same(`step ${step}`, status, nodeOf(run, step)?.statusLabel)
  for (const [step, count] of Object.entries(wanted.attempts ?? {}))
    same(`attempts of ${step}`, count, nodeOf(run, step)?.attempt ?? 0)
  for (const [step, text] of Object.entries(wanted.stdout ?? {})) {
    const name = nodeOf(run, step)?.step.name ?? step
    out.push(compareText(`stdout of ${step}`, text, await readLogAt(client, at, name, 'stdout').catch(() => undefined)))
  }
  if (wanted.outputs) {
    const outputs = await readOutputs(client, run, at)
    for (const [name, text] of Object.entries(wanted.outputs)) {
      if (text !== '' || outputs[name] !== undefined) out.push(compareText(`output ${name}`, text, outputs[name]))
    }
  }
  if (wanted.children) out.push(...(await checkChildren({ children: wanted.children }, run, at.root, client)))
  return out.filter(line => line !== null)
}

/** Each expectation finds a child of its own, in any order; for one without, the closest difference is told. */
async function matchAll(
  wanted: ChildExpectation[],
  subs: SubRun[],
  root: RunAddress['root'],
  client: ApiClient,
): Promise<string[]> {
  const found: string[][][] = []
  for (const one of wanted)
    found.push(await Promise.all(subs.map(sub => differences(one, sub, { root, child: sub.dagRunId }, client))))
  const partners = pairUp(wanted.length, subs.length, (i, j) => found[i]![j]!.length === 0)
  return found.flatMap((ofOne, i) => {
    if (partners[i]! >= 0) return []
    const [closest] = ofOne.filter((_, j) => !partners.includes(j)).sort((a, b) => a.length - b.length)
    return closest === undefined || closest.length === 0
      ? ['there is no further child like that']
      : [closest.join(', ')]
  })
}

/** `children` and `child_count` of an expectation. `root`: the top run, by which its descendants are addressed. */
export async function checkChildren(
  expect: Pick<Expectation, 'children' | 'child_count'>,
  run: Run,
  root: RunAddress['root'],
  client: ApiClient,
): Promise<string[]> {
  const out: string[] = []
  for (const [step, count] of Object.entries(expect.child_count ?? {})) {
    const have = subRunsOf(run, step).length
    if (have !== count) out.push(`step ${step}: expected ${count} children, got ${have}`)
  }
  for (const [step, wanted] of Object.entries(expect.children ?? {})) {
    const subs = subRunsOf(run, step)
    const found = await matchAll(wanted, subs, root, client)
    out.push(...found.map(line => `child of ${step}: ${line}`))
  }
  return out
}
