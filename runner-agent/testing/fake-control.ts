// A control plane for tests, in this process: speaks the frames, acknowledges reports, keeps uploaded segments. It decides
// nothing: a test says which plans a run gets.
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AgentEvent, FromAgent, Hello, Report, RunFrame, ToAgent } from '@edgedag/core/protocol/frames'
import { FromAgent as FromAgentSchema, PROTOCOL } from '@edgedag/core/protocol/frames'
import type { Plan, RunContext } from '@edgedag/core/protocol/plans'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import { type WebSocket, WebSocketServer } from 'ws'

export const CREDENTIAL = 'test-credential'
/** Key that every run here keeps its values under. */
export const RUN_KEY = { id: '0a1b2c3d', key: Buffer.alloc(32, 7).toString('base64url') }
const UPLOAD_KEY = Buffer.from('0123456789abcdef').toString('base64url')

export interface StoredSegment {
  path: string
  bytes: number
  sha256: string
}

export class FakeControl {
  readonly hellos: Hello[] = []
  /** Reports as they came in, repeated ones too. */
  readonly reports: Report[] = []
  readonly frames: FromAgent[] = []
  readonly segments = new Map<string, Buffer | StoredSegment>()
  /** Documents as they came. */
  readonly docs: { id: string; content: string }[] = []
  /** Blobs of artifacts by their signed name. */
  readonly artifacts = new Map<string, Buffer>()
  /** So many blobs are stored, and their answers lost. */
  lostAnswers = 0
  /** Called before a blob is read; one that it promises to hold back waits. */
  onBlob: ((name: string) => Promise<void> | undefined | void) | undefined
  /** Events by run, each report counted once. */
  readonly events = new Map<string, AgentEvent[]>()
  readonly #lastSeq = new Map<string, number>()
  readonly #pending = new Map<string, { context?: RunContext; plans: Plan[] }>()
  readonly #waiters = new Set<() => void>()
  readonly #server: Server
  readonly #sockets: WebSocketServer
  #socket: WebSocket | undefined
  #nextPlan = 1
  /** Reports are acknowledged as they come. */
  autoAck = true
  /** What a hello is answered with; undefined: a welcome. */
  refusal: Extract<ToAgent, { type: 'refused' }> | undefined
  /** Status for PUTs of segments; 201 stores them. */
  putStatus = 201
  /** Bodies are hashed and not kept. */
  hashOnly = false
  /** What runs are given of the Vault; a text refuses them with these words. */
  secrets: AttemptSecrets | string = { defaults: [], refs: {}, sealKeys: [RUN_KEY] }
  /** Attempts that asked, as `run/attempt`. */
  readonly asked: string[] = []
  /** Called with each new report before it is answered; may give more for the answer. */
  onReport: ((report: Report) => Partial<RunFrame> | undefined) | undefined

  private constructor() {
    this.#server = createServer((request, response) => this.#http(request, response))
    this.#sockets = new WebSocketServer({ server: this.#server, path: '/api/v1/runner/connect' })
    this.#sockets.on('connection', (socket, request) => this.#connected(socket, request))
  }

  static async open(port = 0): Promise<FakeControl> {
    const fake = new FakeControl()
    await new Promise<void>(resolve => fake.#server.listen(port, '127.0.0.1', resolve))
    return fake
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate()
    this.#sockets.close()
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** Cuts the connection; the agent comes back by itself. */
  cut(): void {
    for (const client of this.#sockets.clients) client.terminate()
  }

  get connected(): boolean {
    return this.#socket !== undefined
  }

  send(frame: ToAgent): void {
    this.sendText(JSON.stringify(frame))
  }

  sendText(text: string): void {
    this.#socket?.send(text)
  }

  /** Gives a run to the agent: all steps in file order as one plan, unless `items` says otherwise. */
  startRun(dag: { steps: { name: string }[] }, options: StartOptions = {}): StartedRun {
    const runId = options.runId ?? `run-${this.#nextPlan}`
    const context: RunContext = {
      runId,
      attempt: 1,
      attemptId: 'abcdef',
      dag,
      trigger: 'manual',
      results: {},
      uploadKey: UPLOAD_KEY,
      ...options.context,
    }
    const items: Plan['items'] = options.items ?? [
      { kind: 'prepare' },
      ...dag.steps.map(step => ({ kind: 'step' as const, step: step.name, attempt: 1 })),
    ]
    const plan = this.plan(items)
    this.#give(runId, { context, plans: [plan] })
    return { runId, plan }
  }

  plan(items: Plan['items']): Plan {
    const number = this.#nextPlan++
    return { plan: `plan-${number}`, fence: number, items }
  }

  /** More plans for a run. */
  givePlans(runId: string, plans: Plan[]): void {
    this.#give(runId, { plans })
  }

  #give(runId: string, work: { context?: RunContext; plans: Plan[] }): void {
    const pending = this.#pending.get(runId) ?? { plans: [] }
    this.#pending.set(runId, { ...pending, ...work, plans: [...pending.plans, ...work.plans] })
    this.send({ type: 'run', runId, ...work })
  }

  eventsOf(runId: string): AgentEvent[] {
    return this.events.get(runId) ?? []
  }

  /** Resolves with the first true value of `look`, asked again after everything that comes in. */
  async until<T>(look: () => T | undefined | false | null, what = 'something', timeoutMs = 20_000): Promise<T> {
    const late = performance.now() + timeoutMs
    for (;;) {
      const found = look()
      if (found) return found
      const left = late - performance.now()
      if (left <= 0)
        throw new Error(`waited in vain for ${what}; events: ${JSON.stringify([...this.events]).slice(0, 3000)}`)
      await new Promise<void>(resolve => {
        const wake = (): void => {
          clearTimeout(timer)
          this.#waiters.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, Math.min(left, 250))
        this.#waiters.add(wake)
      })
    }
  }

  /** Resolves when a plan has ended. */
  planEnded(run: StartedRun, timeoutMs?: number): Promise<Extract<AgentEvent, { type: 'plan_ended' }>> {
    const isEnd = (event: AgentEvent) => event.type === 'plan_ended' && event.plan === run.plan.plan
    return this.until(
      () => this.eventsOf(run.runId).find(isEnd) as Extract<AgentEvent, { type: 'plan_ended' }> | undefined,
      `the end of ${run.plan.plan}`,
      timeoutMs,
    )
  }

  finished(runId: string, step?: string): Extract<AgentEvent, { type: 'finished' }>[] {
    const all = this.eventsOf(runId).filter(event => event.type === 'finished')
    return step === undefined ? all : all.filter(event => event.step === step)
  }

  started(runId: string, step?: string): Extract<AgentEvent, { type: 'started' }>[] {
    const all = this.eventsOf(runId).filter(event => event.type === 'started')
    return step === undefined ? all : all.filter(event => event.step === step)
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter()
  }

  #connected(socket: WebSocket, request: IncomingMessage): void {
    if (request.headers.authorization !== `Bearer ${CREDENTIAL}`) {
      socket.close(4401, 'unauthorised')
      return
    }
    socket.on('message', data => this.#message(socket, String(data)))
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
      this.#wake()
    })
  }

  #message(socket: WebSocket, text: string): void {
    if (text === 'ping') {
      socket.send('pong')
      return
    }
    const frame = FromAgentSchema.parse(JSON.parse(text))
    this.frames.push(frame)
    if (frame.type === 'hello') this.#hello(socket, frame)
    else if (frame.type === 'report') this.#report(frame)
    this.#wake()
  }

  #hello(socket: WebSocket, hello: Hello): void {
    this.hellos.push(hello)
    if (this.refusal) {
      socket.send(JSON.stringify(this.refusal))
      return
    }
    this.#socket = socket
    this.send({ type: 'welcome', protocol: PROTOCOL, runnerId: 'runner-1', now: Date.now() })
    const listed = new Set(hello.runs.flatMap(run => run.plans.map(plan => plan.plan)))
    // Every run that is listed hears of it, as from its Run: until then the agent is in doubt and starts nothing.
    for (const { runId } of hello.runs) this.send({ type: 'run', runId, hello: true })
    for (const [runId, work] of this.#pending) {
      const plans = work.plans.filter(plan => !listed.has(plan.plan))
      if (plans.length > 0) this.send({ type: 'run', runId, ...(work.context && { context: work.context }), plans })
    }
  }

  #report(report: Report): void {
    this.reports.push(report)
    const { runId, seq } = report
    const isNew = seq > (this.#lastSeq.get(runId) ?? 0)
    let more: Partial<RunFrame> | undefined
    if (isNew) {
      this.#lastSeq.set(runId, seq)
      this.events.set(runId, [...this.eventsOf(runId), ...report.events])
      this.#forgetKnown(runId, report.events)
      more = this.onReport?.(report)
    }
    if (this.autoAck) this.send({ type: 'run', runId, ack: seq, ...more })
  }

  /** Plans that the agent has spoken of are not sent again. */
  #forgetKnown(runId: string, events: AgentEvent[]): void {
    const pending = this.#pending.get(runId)
    if (!pending) return
    const known = new Set(events.flatMap(event => ('plan' in event ? [event.plan] : [])))
    pending.plans = pending.plans.filter(plan => !known.has(plan.plan))
  }

  #giveSecrets(runId: string, request: IncomingMessage, response: ServerResponse): void {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { attempt } = JSON.parse(body) as { attempt: number }
      const key = Buffer.from(UPLOAD_KEY, 'base64url')
      const signature = createHmac('sha256', key).update(`secrets/${runId}/${attempt}`).digest('hex')
      if (request.headers['x-edgedag-signature'] !== signature) return void response.writeHead(403).end()
      this.asked.push(`${runId}/${attempt}`)
      const { secrets } = this
      const refused = typeof secrets === 'string'
      response.writeHead(refused ? 400 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(refused ? { message: secrets } : secrets))
    })
  }

  #http(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', this.url)
    if (request.method === 'POST' && pathname === '/api/v1/runners/enrol') {
      this.#enrol(request, response)
      return
    }
    const asks = /^\/api\/v1\/runner\/runs\/([^/]+)\/secrets$/.exec(pathname)
    if (request.method === 'POST' && asks) return this.#giveSecrets(asks[1] ?? '', request, response)
    if (pathname.startsWith('/api/v1/runner/docs')) return this.#answerDocs(request, response)
    const [, kind = '', rest = ''] = /^\/api\/v1\/runner\/(logs|artifacts)\/(.+)$/.exec(pathname) ?? []
    if (request.method !== 'PUT' || kind === '') return void response.writeHead(404).end()
    const words = rest.split('/').map(decodeURIComponent)
    const name = (kind === 'logs' ? words : [words[0], kind, ...words.slice(1)]).join('/')
    const key = Buffer.from(UPLOAD_KEY, 'base64url')
    const signature = createHmac('sha256', key).update(name).digest('hex')
    if (request.headers['x-edgedag-signature'] !== signature) return void response.writeHead(401).end()
    const held = kind === 'artifacts' ? this.onBlob?.(name) : undefined
    if (held) {
      request.pause()
      void held.then(() => request.resume())
    }
    const hash = createHash('sha256')
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      hash.update(chunk)
      bytes += chunk.length
      if (!this.hashOnly) chunks.push(chunk)
    })
    request.on('end', () => {
      if (this.putStatus === 201 && kind === 'artifacts') {
        const isNew = !this.artifacts.has(name)
        if (isNew) this.artifacts.set(name, Buffer.concat(chunks))
        const isLost = this.lostAnswers > 0
        if (isLost) this.lostAnswers--
        if (isLost) response.destroy()
        else response.writeHead(isNew ? 201 : 200).end()
        this.#wake()
        return
      }
      if (this.putStatus === 201)
        this.segments.set(
          name,
          this.hashOnly ? { path: name, bytes, sha256: hash.digest('hex') } : Buffer.concat(chunks),
        )
      response.writeHead(this.putStatus).end()
      this.#wake()
    })
  }

  /** The runner may store no documents. */
  onlyReads = false
  refusedDocs = 0
  /** What the control plane has, by id. */
  readonly remoteDocs = new Map<string, string>()

  #answerDocs(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://control')
    if (request.headers.authorization !== `Bearer ${CREDENTIAL}` || this.putStatus !== 201)
      return void response.writeHead(503).end()
    if (request.method === 'PUT') return this.#takeDoc(request, response)
    if (url.pathname.endsWith('/doc')) {
      const content = this.remoteDocs.get(url.searchParams.get('path') ?? '')
      response.writeHead(content === undefined ? 404 : 200)
      return void response.end(JSON.stringify({ content }))
    }
    const docs = [...this.remoteDocs].map(([id, content]) => ({ id, hash: sha256(content) }))
    const etag = `"${sha256(JSON.stringify(docs))}"`
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end()
    response.writeHead(200, { etag }).end(JSON.stringify({ docs }))
  }

  #takeDoc(request: IncomingMessage, response: ServerResponse): void {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { id, content, ifHash } = JSON.parse(body) as { id: string; content: string; ifHash: string | null }
      if (this.onlyReads) {
        this.refusedDocs++
        response.writeHead(403).end()
        return this.#wake()
      }
      const present = this.remoteDocs.get(id)
      if ((present === undefined ? null : sha256(present)) !== ifHash) return void response.writeHead(409).end()
      this.remoteDocs.set(id, content)
      this.docs.push({ id, content })
      response.writeHead(200).end()
      this.#wake()
    })
  }

  #enrol(request: IncomingMessage, response: ServerResponse): void {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { token } = JSON.parse(body) as { token: string }
      if (token !== 'one-time') return void response.writeHead(401).end('{"message":"unknown or used token"}')
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ runnerId: 'runner-1', credential: CREDENTIAL }))
    })
  }
}

export interface StartOptions {
  runId?: string
  items?: Plan['items']
  context?: Partial<RunContext>
}

export interface StartedRun {
  runId: string
  plan: Plan
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
