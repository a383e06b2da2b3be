// The product on one machine: control plane, DAG folder and local agent under one roof, started and stopped as one.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { type ApiClient, createApiClient } from '../client/api-client.ts'
import { namedZone } from '../host-zone.ts'
import { compactFiles } from './compact.ts'
import { configPath, type HostConfig, readConfig, watchConfig } from './config-file.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { DagFolder } from './dag-folder.ts'
import { isDiskFull } from './disk.ts'
import { docService } from './doc-folder.ts'
import { firstKey, readKey, signingKey, vaultKeys } from './keys.ts'
import { enrolLocalAgent, startLocalAgent } from './local-agent.ts'
import { endOrphans } from './orphans.ts'
import { productRoot, type StatePaths, statePaths } from './paths.ts'
import { guardSignals } from './signal-guard.ts'
import { type HostRecord, takeLock } from './state-lock.ts'
import { probeUrl, watchControlPlane } from './watchdog.ts'

export interface HostOptions {
  stateDir: string
  /** Folder of DAG files; absent: the state folder's own. */
  dagsDir?: string
  host?: string
  /** 0: any free port. */
  port?: number
  mode?: HostRecord['mode']
  /** Configuration file; absent: `config.yaml` of the state folder, where it is. */
  configFile?: string
  /** Where runs go whose DAG does not say it; absent: as the configuration file says, else here. */
  executionMode?: 'local' | 'distributed'
  /** Pool of Run objects; each is a file. */
  runPool?: number
  /** False: no agent, only to look at what is kept. */
  agent?: boolean
  /** Added to the environment of the local agent. */
  agentEnv?: Record<string, string>
  /** Step processes that the local agent runs at once; absent: as many as it runs by itself. */
  capacity?: number
  /** Folder of documents (DAG_DOCS_DIR, and the page of documents); absent: `docs` below the folder of DAG files, '': none. */
  docsDir?: string
}

export interface RunningHost {
  url: string
  token: string
  client: ApiClient
  dagsDir: string
  agentPid(): number | undefined
  close(): Promise<void>
}

export class HostInUse extends Error {
  readonly record: HostRecord
  constructor(record: HostRecord) {
    super(
      `another Edgedag is running on this state folder (pid ${record.owner.pid}${record.url ? `, ${record.url}` : ', starting'})`,
    )
    this.name = 'HostInUse'
    this.record = record
  }
}

const TICK_MS = 60_000
/** An idle object leaves the memory after ten seconds: a Dag that is woken this early is still there when it is due. */
const EARLY_WAKE_MS = 7_000

/** Starts everything and resolves when the API answers. Throws HostInUse where the state folder has a living host. */
export async function startHost(o: HostOptions): Promise<RunningHost> {
  const root = productRoot()
  const paths = statePaths(o.stateDir)
  const config = readConfig(o.stateDir, o.configFile)
  const lock = takeLock(paths.lock, o.mode ?? 'serve')
  if ('heldBy' in lock) throw new HostInUse(lock.heldBy)
  const undo: (() => Promise<void> | void)[] = [() => lock.release()]
  const close = async () => {
    for (const step of undo.splice(0).reverse()) {
      // What cannot be written (a full disk, a folder that is gone) keeps nothing running.
      try {
        await step()
      } catch (error) {
        process.stderr.write(`edgedag: while it ended: ${(error as Error).message}\n`)
      }
    }
  }
  undo.push(guardSignals(close))
  try {
    mkdirSync(paths.data, { recursive: true, mode: 0o700 })
    await endOrphans(paths)
    if (o.mode !== 'once') await giveRoomBack(paths.data)
    // Below the lock: of two that start on a fresh folder only one may make the key.
    const token = firstKey(paths.token)
    const before = readKey(paths.dagsDir)
    const folder = new DagFolder(rememberedDags(paths, o.dagsDir))
    const docsDir = o.docsDir ?? join(folder.dir, 'docs')
    const docs = docService(docsDir)
    const plane = await startControlPlane({
      root,
      dataDir: paths.data,
      tmpDir: paths.tmp,
      logFile: paths.log,
      host: o.host ?? '127.0.0.1',
      port: o.port ?? 8080,
      vars: {
        EDGEDAG_TOKEN: token,
        SIGNING_KEY: signingKey(paths.signingKey),
        VAULT_KEYS: vaultKeys(paths.vaultKeys),
        RUN_POOL: String(o.runPool ?? 32),
        BOOTED_AT: String(Date.now()),
        DEFAULT_EXECUTION_MODE: o.executionMode ?? config?.executionMode ?? 'local',
        EARLY_WAKE_MS: String(EARLY_WAKE_MS),
        ...(process.env.EDGEDAG_CHECK_ANSWERS ? { CHECK_ANSWERS: '1' } : {}),
        TIMEZONE: scheduleZone(),
      },
      dagFolder: request => {
        if (request.path === '/.disk/') return { status: 200, body: { full: isDiskFull(paths.data) } }
        return request.path === '/.docs/' ? docs.handle(request.body) : folder.handle(request)
      },
    })
    undo.push(() => plane.close())
    const client = createApiClient(plane.url, token)
    undo.push(await followConfig(configPath(o.stateDir, o.configFile), config, { client, isServer: o.mode !== 'once' }))
    await enrolLocalAgent({ dir: paths.agent, url: plane.url, client })
    if (before !== undefined && before !== folder.dir) await leaveFolder(before, client)
    await loadFolder(folder, client)
    undo.push(() => folder.close())
    // Runs that ended just before the last stop may not be in the lists yet: whoever only looks must see them.
    if (o.agent === false) await plane.tick().catch(() => {})
    undo.push(startTicks(plane))
    undo.push(watchControlPlane({ probe: () => probeUrl(`${plane.url}/api/v1/health`), revive: () => revive(plane) }))
    const agent =
      o.agent === false
        ? undefined
        : startLocalAgent({
            root,
            dir: paths.agent,
            url: plane.url,
            client,
            ...(o.agentEnv ? { env: o.agentEnv } : {}),
            ...(docsDir ? { docsDir } : {}),
            ...(o.capacity === undefined ? {} : { capacity: o.capacity }),
          })
    undo.push(async () => agent?.stop())
    if (agent) await connected(client)
    lock.update({ url: plane.url })
    undo.push(() => lock.retire())
    return { url: plane.url, token, client, dagsDir: folder.dir, agentPid: () => agent?.pid(), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The zone of schedules that name none. */
function scheduleZone(): string {
  const zone = namedZone()
  if (zone === null)
    process.stderr.write(
      `edgedag: TZ=${process.env.TZ} is no time zone with a name; schedules are read in UTC (set TZ=Europe/Berlin, or the zone on the settings page)\n`,
    )
  return zone ?? 'UTC'
}

/** Nothing runs on the files now: a server that starts is the time for it, a command that serves itself for a moment is not. */
async function giveRoomBack(dataDir: string): Promise<void> {
  const freed = await compactFiles(dataDir)
  if (freed > 0)
    process.stderr.write(`edgedag: ${Math.ceil(freed / 1024 / 1024)} MB of deleted runs given back to the disk\n`)
}

/** The folder that is given, and else the one that was given last: a command without a server finds the DAGs by name. */
function rememberedDags(paths: StatePaths, given: string | undefined): string {
  if (given === undefined) return readKey(paths.dagsDir) ?? paths.dags
  writeFileSync(paths.dagsDir, `${given}\n`, { mode: 0o600 })
  return given
}

/**
 * The queues of the configuration file are the file's, now and whenever it changes. A server without one has none of it; a command that
 * serves itself for a moment leaves what the server has read.
 */
async function followConfig(
  file: string,
  config: HostConfig | null,
  { client, isServer }: { client: ApiClient; isServer: boolean },
): Promise<() => void> {
  const take = ({ queues }: HostConfig) =>
    client.put<void>('/source/queues', { file, queues } satisfies Bodies['PUT /source/queues'])
  if (config !== null || isServer) await take(config ?? { queues: [] })
  if (!isServer) return () => {}
  return watchConfig(file, {
    changed: take,
    failed: message => process.stderr.write(`edgedag: ${message}\nedgedag: the queues stay as they were\n`),
  })
}

/** Another folder is served now: the DAGs of the former one must not go on firing. Their history comes back with them. */
const leaveFolder = (dir: string, client: ApiClient): Promise<void> =>
  client.post('/source/sync', { runner: 'local', dir, files: [], complete: true } satisfies Bodies['POST /source/sync'])

async function loadFolder(folder: DagFolder, client: ApiClient): Promise<void> {
  const sync = async (change: object): Promise<void> => {
    await client.post<Answers['POST /source/sync']>('/source/sync', { runner: 'local', dir: folder.dir, ...change })
  }
  // The first look is awaited, so that whoever starts next finds its DAG. It names all files: what is gone is removed.
  await sync({ ...folder.changes(), complete: true })
  folder.watch(sync)
}

const CONNECT_WAIT_MS = 5_000
const CONNECT_POLL_MS = 20

/** The local agent is there a moment after its start. One that is not is no reason to serve nothing: runs wait for it and say so. */
async function connected(client: ApiClient): Promise<void> {
  const deadline = performance.now() + CONNECT_WAIT_MS
  while (performance.now() < deadline) {
    const { workers } = await client.get<Answers['GET /workers']>('/workers')
    if (workers.some(worker => worker.id === 'local' && worker.healthStatus === 'healthy')) return
    await new Promise(resolve => setTimeout(resolve, CONNECT_POLL_MS))
  }
}

/** On the same port and with the same state. Where that does not work it is tried again when the watchdog has waited once more. */
async function revive(plane: ControlPlane): Promise<void> {
  const say = (words: string) => process.stderr.write(`edgedag: the control plane ${words}\n`)
  say('no longer answers and is started again')
  try {
    await plane.revive()
    await plane.tick().catch(() => {})
  } catch (error) {
    say(`did not start: ${(error as Error).message}`)
  }
}

/** The minutely trigger, at once (it takes up what a crash left) and then each minute. */
function startTicks(plane: ControlPlane): () => void {
  const tick = () => void plane.tick().catch(() => {})
  tick()
  const timer = setInterval(tick, TICK_MS)
  return () => clearInterval(timer)
}
