// The control plane on one machine: the very bundle that is deployed, in workerd, with its state in a folder.
import { mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Miniflare, MiniflareOptions } from 'miniflare'
import { loadMiniflare } from './load-miniflare.ts'
import { openLog } from './log-file.ts'
import { DATA_MARK } from './orphans.ts'
import { setOwn } from './own-environment.ts'
import { childrenNamed } from './process-identity.ts'
import { withoutSignalListeners } from './signal-guard.ts'

export interface ControlPlaneOptions {
  root: string
  dataDir: string
  /** For what is of no use after the end. Emptied first: nothing else may be in it, and nobody else may use it. */
  tmpDir: string
  logFile: string
  host: string
  port: number
  /** Values for the Worker's variables. */
  vars: Record<string, string>
  /** Answers the Worker's requests to the folder of DAG files. */
  dagFolder(request: FolderRequest): FolderAnswer
}

export interface FolderRequest {
  method: string
  /** Path of the URL, e.g. `/hello`. */
  path: string
  body: unknown
}

export interface FolderAnswer {
  status: number
  body: unknown
}

export interface ControlPlane {
  url: string
  /** Runs the Worker's minutely trigger once. */
  tick(): Promise<void>
  /**
   * Brings back one that no longer answers, on its address and its state. One that lives is ended: Miniflare starts it again, but not one
   * that died before it was ready, which is made anew. Rejects where it cannot start.
   */
  revive(): Promise<void>
  close(): Promise<void>
}

interface Manifest {
  name: string
  main: string
  compatibilityDate: string
  compatibilityFlags: string[]
  objects: { binding: string; className: string }[]
  buckets: { binding: string; name: string }[]
  vars: Record<string, unknown>
  assetsBinding: string | null
  runWorkerFirst: string[] | boolean
}

/**
 * Small heaps: measured to keep the whole product below its memory budget. Compiled code stays: what runs once a minute would be
 * compiled once a minute.
 */
const V8_FLAGS = '--max-old-space-size=128 --max-semi-space-size=4 --no-flush-bytecode'

/** Objects that stay in memory: their number is bounded, and each run needs some of them before its first byte. A Dag is woken early instead. */
const RESIDENT: ReadonlySet<string> = new Set(['Directory', 'Index', 'Run', 'Runner', 'Fleet'])

function options(manifest: Manifest, o: ControlPlaneOptions, folder: unknown): MiniflareOptions {
  const bundle = join(o.root, 'dist/worker')
  const env: Record<string, unknown> = {}
  for (const [key, value] of Object.entries({ ...manifest.vars, ...o.vars }))
    env[key] = { type: 'text', value: String(value) }
  for (const { binding, name } of manifest.buckets) env[binding] = { type: 'r2', name }
  for (const { binding, className } of manifest.objects) {
    env[binding] = { type: 'durable-object', worker: manifest.name, exportName: className }
  }
  env.DAG_FOLDER = { type: 'fetcher', handler: folder }
  if (manifest.assetsBinding) env[manifest.assetsBinding] = { type: 'assets' }
  const exports: Record<string, unknown> = {}
  for (const { className } of manifest.objects)
    exports[className] = { type: 'durable-object', storage: 'sqlite', unsafePreventEviction: RESIDENT.has(className) }
  return {
    // Its own port is for the minutely trigger only.
    host: '127.0.0.1',
    port: 0,
    cf: false,
    enableDevRegistry: false,
    logRequests: false,
    telemetry: { enabled: false },
    resourcePersistencePath: o.dataDir,
    workers: [
      {
        config: {
          name: manifest.name,
          compatibilityDate: manifest.compatibilityDate,
          compatibilityFlags: manifest.compatibilityFlags,
          manifest: {
            mainModule: manifest.main,
            modulesRoot: bundle,
            modules: { [manifest.main]: { type: 'esm', contents: readFileSync(join(bundle, manifest.main), 'utf8') } },
          },
          env,
          exports,
          assets: {
            directory: join(o.root, 'dist/ui'),
            hasUserWorker: true,
            notFoundHandling: 'none',
            runWorkerFirst: manifest.runWorkerFirst,
          },
        },
        dev: {
          rootPath: bundle,
          unsafeRegisterWorker: false,
          stripCfConnectingIp: true,
          unsafeDirectSockets: [{ host: o.host, port: o.port, entrypoint: DIRECT }],
        },
      },
    ],
  } as unknown as MiniflareOptions
}

/**
 * What clients and agents reach is the Worker itself (worker/index.ts): every request and every frame of an agent would else pass through
 * three Workers of the development server, which cost as much CPU as a short request does.
 */
const DIRECT = 'Direct'

const V8_FLAGS_NAME = 'MINIFLARE_WORKERD_V8_FLAGS'

/**
 * Miniflare makes a folder in the temporary folder of the machine that is there as long as it lives; one that was killed leaves it there
 * for ever, without a sign of whose it was. Here the next start finds it.
 */
function withTemporaryFolder<T>(dir: string, make: () => T): T {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const before = process.env.TMPDIR
  process.env.TMPDIR = realpathSync(dir)
  try {
    return make()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

/** Starts workerd on the built bundle and resolves once it listens. Rejects when the port is taken. */
export async function startControlPlane(o: ControlPlaneOptions): Promise<ControlPlane> {
  if (process.env[V8_FLAGS_NAME] === undefined) setOwn(V8_FLAGS_NAME, V8_FLAGS)
  setOwn(DATA_MARK, realpathSync(o.dataDir))
  const { Miniflare: Host, Log, LogLevel, Response } = loadMiniflare(o.root)
  const manifest = JSON.parse(readFileSync(join(o.root, 'dist/worker/manifest.json'), 'utf8')) as Manifest
  const logFile = openLog(o.logFile)
  class FileLog extends Log {
    override log(message: string): void {
      logFile.write(`${message}\n`)
    }
  }
  const folder = async (request: Request) => {
    const text = await request.text()
    const answer = o.dagFolder({
      method: request.method,
      path: new URL(request.url).pathname,
      body: text === '' ? undefined : JSON.parse(text),
    })
    return new Response(JSON.stringify(answer.body), {
      status: answer.status,
      headers: { 'content-type': 'application/json' },
    })
  }
  const log = {
    log: new FileLog(LogLevel.WARN),
    handleStructuredLogs: (entry: { level: string; message: string }) =>
      logFile.write(`${entry.level} ${entry.message}\n`),
  }
  // Miniflare would end this process at a signal, before a run could be stopped or the lock released.
  const miniflare: Miniflare = withTemporaryFolder(o.tmpDir, () =>
    withoutSignalListeners(() => new Host({ ...options(manifest, o, folder), ...log })),
  )
  try {
    await miniflare.ready
    const address = await miniflare.unsafeGetDirectURL(manifest.name, DIRECT)
    return {
      url: address.origin,
      async tick() {
        const worker = (await miniflare.getWorker(manifest.name)) as unknown as {
          scheduled(o: { cron: string }): Promise<unknown>
        }
        await worker.scheduled({ cron: '* * * * *' })
      },
      async revive() {
        const living = childrenNamed('workerd')
        for (const { pid } of living) process.kill(pid, 'SIGKILL')
        if (living.length > 0) return
        const vars = { ...o.vars, BOOTED_AT: String(Date.now()) }
        await miniflare.setOptions({ ...options(manifest, { ...o, vars, port: Number(address.port) }, folder), ...log })
      },
      async close() {
        await miniflare.dispose()
        logFile.end()
      },
    }
  } catch (error) {
    await miniflare.dispose().catch(() => {})
    throw error
  }
}
