// A whole control plane of fakes behind the real API. Promise: what the objects would do is told by the test, not guessed here.

import type { DAGRunDetails } from '@edgedag/core/api/generated/answers'
import { err, ok } from '@edgedag/core/result'
import type { SubRun } from '@edgedag/core/run/children/sub-runs'
import { Authenticator } from '../../auth/authenticator.ts'
import { sha256Hex } from '../../auth/hash.ts'
import { ROLES, type Role } from '../../auth/roles.ts'
import type { Blobs, Stub } from '../../host/port.ts'
import type { DecisionRequest, Kinds, RunApi, RunArtifacts, RunSummary, StepLogIndex } from '../../objects/contracts.ts'
import { createApi } from '../app.ts'
import { answerDifferences } from '../check-answer.ts'
import type { ApiDeps } from '../deps.ts'
import { FakeAlerts } from './fake-alerts.ts'
import { FakeDag } from './fake-dag.ts'
import { FakeDirectory } from './fake-directory.ts'

export const START = Date.UTC(2026, 10, 21, 11, 32, 55)
export const SIGNING_KEY = 'a signing key for tests'
export const ORIGIN = 'http://localhost:8080'

export class MemoryBlobs implements Blobs {
  readonly held = new Map<string, Uint8Array>()
  reads = 0

  async put(key: string, body: ArrayBuffer | Uint8Array | ReadableStream | string): Promise<boolean> {
    if (this.held.has(key)) return false
    this.held.set(key, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()))
    return true
  }

  async get(key: string, range?: { offset: number; length: number }): Promise<ArrayBuffer | null> {
    this.reads++
    const blob = this.held.get(key)
    if (blob === undefined) return null
    return blob.slice(range?.offset ?? 0, range === undefined ? undefined : range.offset + range.length).buffer
  }

  async delete(keys: string[]): Promise<void> {
    for (const key of keys) this.held.delete(key)
  }

  async list(prefix: string, after = ''): Promise<string[]> {
    return [...this.held.keys()]
      .filter(key => key.startsWith(prefix) && key > after)
      .sort()
      .slice(0, 1000)
  }
}

/** What the Run objects know, by run id. */
export class FakeRuns {
  readonly known = new Map<string, DAGRunDetails>()
  readonly logs = new Map<string, StepLogIndex>()
  readonly eventLines = new Map<string, string[]>()
  readonly stops: { runId: string; by: string; abandon?: boolean }[] = []
  readonly statuses: { runId: string; step: string; status: string; by: string }[] = []

  /** Called runs: their summaries, with the run at the top, and their list by the run that has called them. */
  readonly called = new Map<string, RunSummary>()
  readonly lists = new Map<string, SubRun[]>()
  summary = (runId: string) => this.called.get(runId) ?? null
  children = (runId: string) => this.lists.get(runId) ?? []
  specHash = () => null
  details = (runId: string) => this.known.get(runId) ?? null
  outputs = () => null
  readonly artifactSets = new Map<string, RunArtifacts>()
  artifacts = (runId: string) => this.artifactSets.get(runId) ?? null
  events = (runId: string) => this.eventLines.get(runId) ?? null
  stepLog = (runId: string, step: string, stream: string) => this.logs.get(`${runId}/${step}/${stream}`) ?? null
  poke = (runId: string) => (this.known.has(runId) ? 'active' : 'unknown')
  stop = (runId: string, request: { by: string; abandon?: boolean }) => {
    this.stops.push({ runId, ...request })
    return ok(null)
  }
  /** What a decision is answered; absent: it is taken. */
  decided: ReturnType<RunApi['decide']> | null = null
  readonly decisions: (DecisionRequest & { runId: string })[] = []
  decide = (runId: string, request: DecisionRequest) => {
    this.decisions.push({ runId, ...request })
    return this.decided ?? ok({ step: request.step, resumed: true, iteration: 2 })
  }

  /** What an edited run could take over. */
  plan: ReturnType<RunApi['planImports']> = { skipped: [], optional: [], ineligible: [] }
  planImports = () => this.plan
  setStepStatus = (runId: string, request: { by: string; step: string; status: string }) => {
    if (request.step === 'nope') return err({ code: 'not_found', message: 'step nope not found in DAG hello' })
    this.statuses.push({ runId, ...request })
    return ok(null)
  }
}

/** Text files on a host that is connected, by `runId/step/stream`. */
export class FakeRunner {
  readonly files = new Map<string, Uint8Array>()
  connected = true
  reads = 0
  revoked = false
  lastSeen = 0

  status = () => ({ connected: this.connected, lastSeen: this.lastSeen })

  read = (request: { runId: string; step: string; stream: string; offset: number; bytes: number }) => {
    this.reads++
    const file = this.files.get(`${request.runId}/${request.step}/${request.stream}`)
    if (!this.connected || file === undefined) return null
    const data = file.subarray(request.offset, request.offset + request.bytes)
    return {
      text: new TextDecoder().decode(data),
      offset: request.offset,
      bytes: data.byteLength,
      size: file.byteLength,
    }
  }
  revoke = () => {
    this.revoked = true
  }
}

interface Ask {
  role?: Role
  token?: string
  headers?: Record<string, string>
  body?: unknown
  /** Sent as it is. */
  raw?: BodyInit
}

export type World = Awaited<ReturnType<typeof createWorld>>

const keyOf = (role: Role): string => `key-of-${role}-0123456789`

/** A fresh control plane with one key per role. */
export async function createWorld(extra: Partial<ApiDeps> = {}) {
  const clock = { now: START }
  const directory = new FakeDirectory(() => clock.now)
  for (const role of ROLES) {
    directory.principals.set(await sha256Hex(keyOf(role)), {
      kind: 'key',
      id: role,
      name: `${role}-key`,
      role,
      until: null,
    })
  }
  directory.runnerRecords.push({
    runnerId: 'r-1',
    name: 'host-0',
    labels: {},
    createdAt: START,
    revokedAt: null,
    drainingSince: null,
  })
  const dags = new Map<string, FakeDag>()
  const dagOf = (id: string): FakeDag => {
    const dag = dags.get(id) ?? new FakeDag(id, () => clock.now)
    dags.set(id, dag)
    return dag
  }
  const runs = new FakeRuns()
  const runner = new FakeRunner()
  const blobs = new MemoryBlobs()
  const forwarded: { kind: string; name: string; url: string }[] = []
  const queries: unknown[] = []
  const removed: string[] = []
  const queue = (name: string) => ({
    describe: () => ({ name, maxConcurrency: 2, paused: false, running: [], queuedCount: 0, meanMs: null }),
    items: () => [],
    configure: () => {},
    setPaused: () => {},
  })
  const all = () => [...dags.values()].flatMap(dag => dag.rows)
  const index = {
    runs: (query: { limit: number; cursor?: string; name?: string; runId?: string }) => {
      queries.push(query)
      const from = Number(query.cursor ?? 0)
      const found = all().filter(
        row =>
          (query.name === undefined || row.dagName === query.name) &&
          (query.runId === undefined || row.runId === query.runId),
      )
      const next = from + query.limit
      return { runs: found.slice(from, next), ...(next < found.length ? { nextCursor: String(next) } : {}) }
    },
    dags: () => {
      const items = [...dags.values()].map(dag => dag.listItem()).filter(item => item !== null)
      return { items, total: items.length }
    },
    removeDag: (dagId: string) => removed.push(dagId),
    activity: () =>
      [...dags]
        .map(([dagId, dag]) => ({
          dagId,
          dagName: dag.name,
          fileName: dag.name,
          queue: null,
          running: dag.rows.filter(({ status }) => status === 'running').length,
          queued: dag.rows.filter(({ status }) => status === 'queued').length,
        }))
        .filter(({ running, queued }) => running + queued > 0),
  }
  const alerts = new FakeAlerts()
  const objects: Record<string, (name: string) => unknown> = {
    directory: () => directory,
    alerts: () => alerts,
    dag: dagOf,
    run: () => runs,
    index: () => index,
    queue,
    runner: () => runner,
    vault: () => ({
      usable: (name: string, actor: { admin: boolean } | null) =>
        name === 'crown' && actor !== null && !actor.admin
          ? { ok: false, error: { code: 'forbidden', message: 'runtime profile crown is protected' } }
          : { ok: true, value: null },
    }),
    fleet: () => ({ runners: () => [] }),
  }
  const asStub = (target: object): unknown =>
    new Proxy(target, {
      get:
        (held, method) =>
        async (...args: unknown[]) =>
          (Reflect.get(held, method) as (...args: unknown[]) => unknown).apply(held, args),
    })
  /** Of answers from what their routes describe: a test that meets one fails. */
  const differences: string[] = []
  const deps: ApiDeps = {
    object: <K extends keyof Kinds>(kind: K, name: string) => asStub(objects[kind]!(name) as object) as Stub<Kinds[K]>,
    fetchObject: async (kind, name, request) => {
      forwarded.push({ kind, name, url: request.url })
      return new Response('switched')
    },
    blobs,
    settings: {
      runPool: 32,
      bootedAt: START - 5_000,
      earlyWakeMs: 0,
      timezone: 'UTC',
      executionMode: 'local',
      signingKey: SIGNING_KEY,
      vaultKeys: '',
      version: '1.2.3',
    },
    now: () => clock.now,
    randomHex: length => 'ab'.repeat(length).slice(0, length),
    pause: async ms => {
      clock.now += ms
    },
    checkAnswer: async (spec, answer) => {
      for (const text of await answerDifferences(spec, answer)) differences.push(`${spec.method} ${spec.path}: ${text}`)
      return answer
    },
    ...extra,
  }
  const app = createApi(deps)
  const ask = async (method: string, path: string, { role = 'admin', token, headers = {}, body, raw }: Ask = {}) => {
    const authorization = token === '' ? {} : { authorization: `Bearer ${token ?? keyOf(role)}` }
    const url = path.startsWith('/') ? `${ORIGIN}${path}` : `${ORIGIN}/api/v1/${path}`
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await app.request(url, {
      method,
      headers: { ...authorization, ...headers },
      ...(content === undefined ? {} : { body: content, duplex: 'half' }),
    } as RequestInit)
    if (differences.length > 0)
      throw new Error(`The answer is not what the route describes:\n${differences.join('\n')}`)
    return answer
  }
  const addDag = async (fileName: string, spec = 'steps:\n  - name: a\n    command: echo hi\n') => {
    const dagId = directory.dagId(fileName, true)!
    await dagOf(dagId).putSpec({ dagId, fileName, spec, force: true })
    return dagOf(dagId)
  }
  const auth = () => new Authenticator({ directory: () => asStub(directory) as never, now: () => clock.now })
  return {
    app,
    deps,
    ask,
    addDag,
    clock,
    directory,
    dags,
    dagOf,
    runs,
    runner,
    alerts,
    blobs,
    forwarded,
    queries,
    removed,
    keyOf,
    auth,
  }
}
