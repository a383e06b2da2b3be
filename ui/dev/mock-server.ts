// A stand-in for the control plane while developing the dashboard: serves dist/ui and just enough of the API, with runs
// that really move. Run it with `npm run mock -w ui`; it prints its address. Development only.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { extname, join, normalize } from 'node:path'
import {
  ago,
  DAGS,
  type MockDag,
  type MockNode,
  type MockRun,
  NODE_LABELS,
  RUN_LABELS,
  RUNS,
  seedLog,
} from './mock-data.ts'

interface Socket {
  send: (text: string) => void
  on: (event: 'message' | 'close', handler: (data: Buffer) => void) => void
}
const { WebSocketServer } = createRequire(join(import.meta.dirname, '../../runner-agent/package.json'))('ws') as {
  WebSocketServer: new (
    options: object,
  ) => { handleUpgrade: (req: IncomingMessage, socket: unknown, head: Buffer, done: (ws: Socket) => void) => void }
}

const TOKEN = process.env.EDGEDAG_TOKEN ?? 'mock-token-0123456789'
const DIST = process.env.UI_DIST ?? join(import.meta.dirname, '../../dist/ui')
const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
const logs = new Map<string, string>()
const watchers = new Set<{ ws: Socket; topic: string; follow?: { step: string; stream: string } }>()
let seq = 0

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const summary = ({ nodes, ...run }: MockRun) => ({
  ...run,
  steps: { total: nodes.length, done: nodes.filter(n => ![0, 1, 7].includes(n.status)).length },
})
const latestOf = (file: string): MockRun | undefined =>
  RUNS.filter(r => r.name === file).sort((a, b) => (b.startedAt || '9').localeCompare(a.startedAt || '9'))[0]
const NEVER = {
  dagRunId: '',
  name: '',
  status: 0,
  statusLabel: 'not_started',
  startedAt: '',
  finishedAt: '',
  labels: [],
  nodes: [],
}
const item = (d: MockDag) => {
  const run = latestOf(d.fileName)
  return { ...d, spec: undefined, dag: { ...d.dag, steps: undefined }, latestDAGRun: run ? summary(run) : NEVER }
}

function publish(topic: string, frame: object): void {
  for (const watcher of watchers)
    if (watcher.topic === topic) watcher.ws.send(JSON.stringify({ seq: ++seq, topic, ...frame }))
}

const logKey = (run: MockRun, step: string, stream: string): string => `${run.name}/${run.dagRunId}/${step}/${stream}`
function logOf(run: MockRun, step: string, stream: string): string {
  const key = logKey(run, step, stream)
  const status = run.nodes.find(n => n.step.name === step)?.status ?? 0
  if (!logs.has(key)) logs.set(key, seedLog(run.name, step, stream, status))
  return logs.get(key) ?? ''
}
function writeLog(run: MockRun, step: string, text: string): void {
  const before = logOf(run, step, 'stdout')
  logs.set(logKey(run, step, 'stdout'), before + text)
  for (const w of watchers)
    if (w.topic === `run:${run.name}:${run.dagRunId}` && w.follow?.step === step && w.follow.stream === 'stdout')
      w.ws.send(
        JSON.stringify({
          type: 'log',
          topic: w.topic,
          step,
          stream: 'stdout',
          offset: Buffer.byteLength(before),
          text,
        }),
      )
}

const stamp = (): string => new Date().toISOString().replace(/\.\d+/, '')
function setNode(run: MockRun, node: MockNode, status: number): void {
  node.status = status
  node.statusLabel = NODE_LABELS[status] ?? ''
  if (status === 1)
    Object.assign(node, { startedAt: stamp(), finishedAt: '', host: 'build-01', attempt: node.attempt ?? 1 })
  else if (status !== 0) node.finishedAt = stamp()
  publish(`run:${run.name}:${run.dagRunId}`, { type: 'patch', nodes: [node] })
}
function setRun(run: MockRun, status: number): void {
  Object.assign(run, { status, statusLabel: RUN_LABELS[status], ...(status === 1 ? {} : { finishedAt: stamp() }) })
  const { nodes, ...head } = run
  publish(`run:${run.name}:${run.dagRunId}`, { type: 'patch', run: head })
  publishLists(run)
}
function publishLists(run: MockRun): void {
  publish('runs', { type: 'patch', items: [summary(run)], removed: [] })
  const dag = DAGS.find(d => d.fileName === run.name)
  if (dag) publish('dags', { type: 'patch', items: [item(dag)], removed: [] })
}

/** One tick of all running runs: steps write, end, and let others begin. */
function advance(): void {
  for (const run of RUNS.filter(r => r.status === 1)) {
    for (const node of run.nodes.filter(n => n.status === 1)) {
      writeLog(
        run,
        node.step.name,
        `\u001b[36m${stamp()}\u001b[0m ${node.step.name}: working on item ${Math.floor(Math.random() * 1000)}\n`,
      )
      if (Math.random() < 0.12) setNode(run, node, 4)
    }
    const done = new Set(run.nodes.filter(n => n.status === 4).map(n => n.step.name))
    for (const node of run.nodes.filter(n => n.status === 0))
      if ((node.step.depends ?? []).every(d => done.has(d))) setNode(run, node, 1)
    if (run.nodes.every(n => n.status === 4)) setRun(run, 4)
    else publishLists(run)
  }
}

function startRun(dag: MockDag, body: { params?: string; dagRunId?: string }): MockRun {
  const run: MockRun = {
    name: dag.dag.name,
    dagRunId:
      body.dagRunId ??
      `${stamp().replace(/[-:]/g, '').replace('T', '_').replace('Z', '')}_${Math.random().toString(16).slice(2, 8)}`,
    status: 1,
    statusLabel: 'running',
    triggerType: 'manual',
    workerId: 'build-01',
    params: body.params ?? '',
    startedAt: stamp(),
    finishedAt: '',
    sourceFileName: dag.fileName,
    labels: dag.dag.labels,
    nodes: dag.dag.steps.map(step => ({ step, status: 0, statusLabel: 'not_started', startedAt: '', finishedAt: '' })),
  }
  RUNS.unshift(run)
  publishLists(run)
  return run
}

interface Body {
  name: string
  spec: string
  hash?: string
  suspend: boolean
  params?: string
  dagRunId?: string
  stepName?: string
}

type Answer = { status?: number; body?: unknown; headers?: Record<string, string>; text?: string }
const fail = (status: number, code: string, message: string, extra: object = {}): Answer => ({
  status,
  body: { code, message, ...extra },
})

function logAnswer(text: string, q: URLSearchParams): Answer {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const offset = Number(q.get('offset') ?? 0)
  const part =
    offset > 0
      ? lines.slice(offset - 1, offset - 1 + Number(q.get('limit') ?? 200))
      : lines.slice(-Number(q.get('tail') ?? 1000))
  return {
    body: {
      content: part.length ? `${part.join('\n')}\n` : '',
      lineCount: part.length,
      totalLines: lines.length,
      hasMore: part.length < lines.length,
      endOffset: Buffer.byteLength(text),
    },
  }
}

const specErrors = (spec: string): object[] =>
  spec.split('\n').flatMap((line, i) => {
    const bad = /^\s*-?\s*(comand|dependz):/.exec(line)
    return bad
      ? [
          {
            code: 'dag.unknown_key',
            message: `Unknown key "${bad[1]}".`,
            line: i + 1,
            column: line.indexOf(bad[1] ?? '') + 1,
            hint: 'Did you mean "command"?',
          },
        ]
      : []
  })

function dagApi(method: string, rest: string[], q: URLSearchParams, body: Body): Answer {
  if (rest.length === 0 && method === 'GET')
    return {
      body: {
        dags: DAGS.map(item),
        errors: null,
        pagination: { currentPage: 1, totalPages: 1, totalRecords: DAGS.length },
      },
    }
  if (rest.length === 0) {
    if (DAGS.some(d => d.fileName === body.name)) return fail(409, 'already_exists', 'A DAG of this name exists.')
    DAGS.push({
      fileName: body.name,
      suspended: false,
      errors: [],
      spec: body.spec,
      dag: { name: body.name, labels: [], steps: [{ name: 'hello', commands: [] }] },
    })
    return { status: 201, body: { name: body.name } }
  }
  if (rest[0] === 'validate')
    return { body: { valid: specErrors(body.spec).length === 0, errors: null, problems: specErrors(body.spec) } }
  const dag = DAGS.find(d => d.fileName === rest[0])
  if (!dag) return fail(404, 'not_found', `DAG ${rest[0]} not found`)
  const act = `${method} ${rest[1] ?? ''}`
  if (act === 'GET ')
    return {
      body: { ...dag, dag: { ...dag.dag, nextRun: dag.nextRun }, latestDAGRun: latestOf(dag.fileName) ?? NEVER },
    }
  if (act === 'GET spec') return { body: { spec: dag.spec, hash: hashOf(dag.spec), errors: dag.errors } }
  if (act === 'PUT spec') {
    if (body.hash && body.hash !== hashOf(dag.spec))
      return fail(409, 'conflict', 'The spec was changed elsewhere.', { expected: body.hash, actual: hashOf(dag.spec) })
    const problems = specErrors(body.spec)
    if (problems.length === 0) Object.assign(dag, { spec: body.spec, errors: [] })
    return {
      body: {
        errors: problems.length ? problems.map(p => (p as { message: string }).message) : null,
        problems,
        hash: hashOf(dag.spec),
      },
    }
  }
  if (act === 'POST suspend') dag.suspended = body.suspend
  if (act === 'POST start' || act === 'POST enqueue') return { body: { dagRunId: startRun(dag, body).dagRunId } }
  if (act === 'GET dag-runs') return { body: { dagRuns: RUNS.filter(r => r.name === dag.dag.name), gridData: [] } }
  if (act === 'DELETE ') DAGS.splice(DAGS.indexOf(dag), 1)
  if (act === 'POST stop-all') for (const r of RUNS) if (r.name === dag.dag.name && r.status === 1) stop(r)
  void q
  return {}
}

function stop(run: MockRun): void {
  for (const node of run.nodes) if (node.status === 1) setNode(run, node, 3)
  setRun(run, 3)
}

function runApi(method: string, rest: string[], q: URLSearchParams, body: Body): Answer {
  if (rest.length === 0) {
    const status = q.getAll('status').map(Number)
    const found = RUNS.filter(
      r =>
        (!q.get('name') || r.name.includes(q.get('name') ?? '')) &&
        (!q.get('dagRunId') || r.dagRunId.includes(q.get('dagRunId') ?? '')) &&
        (status.length === 0 || status.includes(r.status)),
    ).sort((a, b) => (b.startedAt || b.queuedAt || '').localeCompare(a.startedAt || a.queuedAt || ''))
    const from = Number(q.get('cursor') ?? 0)
    return {
      body: {
        dagRuns: found.slice(from, from + 20).map(summary),
        ...(from + 20 < found.length ? { nextCursor: String(from + 20) } : {}),
      },
    }
  }
  const run = RUNS.find(r => r.name === rest[0] && r.dagRunId === rest[1])
  if (!run) return fail(404, 'not_found', `dag-run ID ${rest[1]} not found for DAG ${rest[0]}`)
  const act = `${method} ${rest[2] ?? ''}`
  if (act === 'GET ') return { body: { dagRunDetails: run } }
  if (act === 'POST stop') stop(run)
  if (act === 'POST retry') {
    for (const node of run.nodes)
      if (node.status !== 4 || node.step.name === body.stepName)
        Object.assign(node, {
          status: 0,
          statusLabel: 'not_started',
          attempt: (node.attempt ?? 0) + 1,
          error: undefined,
          exitCode: undefined,
          startedAt: '',
          finishedAt: '',
        })
    Object.assign(run, { startedAt: stamp(), finishedAt: '', triggerType: 'retry' })
    publish(`run:${run.name}:${run.dagRunId}`, { type: 'patch', nodes: run.nodes })
    setRun(run, 1)
  }
  if (act === 'GET log') return logAnswer(`time=${ago(60)} level=INFO msg="run started"\n`, q)
  if (act === 'GET steps' && rest[4] === 'log') {
    const text = logOf(run, rest[3] ?? '', q.get('stream') ?? 'stdout')
    return rest[5] === 'download' ? { text } : logAnswer(text, q)
  }
  return {}
}

async function api(req: IncomingMessage, url: URL): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  const body = JSON.parse(Buffer.concat(chunks).toString() || '{}')
  const [noun, ...rest] = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
  const method = req.method ?? 'GET'
  if (noun === 'health') return { body: { status: 'healthy' } }
  if (noun === 'auth' && method === 'POST')
    return body.token === TOKEN
      ? { body: {}, headers: { 'set-cookie': 'session=mock; HttpOnly; SameSite=Strict; Path=/' } }
      : { status: 401 }
  if (noun === 'auth') return { headers: { 'set-cookie': 'session=; Max-Age=0; Path=/' } }
  if (!req.headers.cookie?.includes('session=mock')) return { status: 401 }
  if (noun === 'dags') return dagApi(method, rest, url.searchParams, body)
  if (noun === 'dag-runs') return runApi(method, rest, url.searchParams, body)
  return fail(404, 'not_found', 'No such path')
}

function serveFile(res: ServerResponse, path: string): void {
  const file = join(DIST, normalize(path))
  const found = file.startsWith(DIST) && extname(file) !== '' && existsSync(file) ? file : join(DIST, 'index.html')
  res.writeHead(200, {
    'content-type': TYPES[extname(found)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
  })
  res.end(readFileSync(found))
}

const server = createServer((req, res) => {
  const url = new URL(req.url ?? '/', 'http://mock')
  if (!url.pathname.startsWith('/api/')) return serveFile(res, url.pathname)
  void api(req, url).then(({ status = 200, body, headers, text }) => {
    res.writeHead(status, { 'content-type': text === undefined ? 'application/json' : 'text/plain', ...headers })
    res.end(text ?? (body === undefined ? '' : JSON.stringify(body)))
  })
})
const wss = new WebSocketServer({ noServer: true })
server.on('upgrade', (req, socket, head) => {
  wss.handleUpgrade(req, socket, head, ws => {
    const watcher: typeof watchers extends Set<infer W> ? W : never = {
      ws,
      topic: new URL(req.url ?? '/', 'http://mock').searchParams.get('topic') ?? '',
    }
    watchers.add(watcher)
    ws.on('close', () => watchers.delete(watcher))
    ws.on('message', data => {
      const { follow } = JSON.parse(data.toString())
      if (follow) watcher.follow = follow
      else delete watcher.follow
    })
  })
})
const etl = DAGS.find(d => d.fileName === 'deploy')
if (etl) startRun(etl, { params: 'TARGET=production REPLICAS=6' })
setInterval(advance, 700)
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  console.log(`http://127.0.0.1:${port}/?token=${TOKEN}`)
})
