// The control planes that cases run on: one for all plain cases, one of its own for a case that changes what others would see
// (the host's environment, settings, base configuration, queues, profiles, workers, history).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningHost, startHost } from '../../cli/embedded/host.ts'
import { statePaths } from '../../cli/embedded/paths.ts'
import type { LoadedCase } from './case-file.ts'
import { makeProfiles } from './profiles.ts'
import { makeOlder, runSeeds, type SeedRun } from './seed-runs.ts'
import { refusal } from './start.ts'
import { createWorkers, type Workers } from './workers.ts'

export interface Place {
  host: RunningHost
  workers: Workers
  /** File name of the case's DAG. */
  file: string
  /** Prefix of its run ids: unique on a shared host. */
  prefix: string
  /** Why the case's base configuration was refused. */
  refusedBase?: string
}

export interface Hosts {
  /** Calls `use` with a host that fits the case. */
  with<T>(c: LoadedCase, use: (place: Place) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const needsOwnHost = (c: LoadedCase): boolean =>
  [
    c.isNameTaken || undefined,
    c.start?.env,
    c.base,
    c.queue_config,
    c.config,
    c.profiles,
    c.workers,
    // Its further DAGs have names that other cases may use, too.
    c.dag_files,
    c.seed_runs,
    c.hold_queues,
    c.kind === 'profile_rules' || undefined,
    c.actions?.some(a => a.do === 'add_worker' || a.do === 'set_profile_entry') || undefined,
  ].some(key => key !== undefined)

interface Own {
  host: RunningHost
  end(): Promise<void>
}

function settingsOf(c: LoadedCase | undefined) {
  const { docs_dir: docsDir, default_execution_mode: executionMode } = c?.config ?? {}
  return {
    port: 0,
    ...(executionMode === undefined ? {} : { executionMode }),
    ...(c?.start?.env ? { agentEnv: c.start.env } : {}),
    ...(docsDir === undefined ? {} : { docsDir }),
  }
}

async function start(c?: LoadedCase, seeds: { file: string; runs: SeedRun[] } = { file: '', runs: [] }): Promise<Own> {
  const stateDir = mkdtempSync(join(tmpdir(), 'edgedag-conformance-state-'))
  const remove = () => rmSync(stateDir, { recursive: true, force: true })
  try {
    if (seeds.runs.length > 0) {
      const before = await startHost({ stateDir, ...settingsOf(c) })
      await runSeeds(before, seeds.file, seeds.runs).finally(() => before.close())
      makeOlder(statePaths(stateDir).data, seeds.runs)
    }
    const host = await startHost({ stateDir, ...settingsOf(c) })
    return { host, end: () => host.close().finally(remove) }
  } catch (error) {
    remove()
    throw error
  }
}

/** Prepares the place; the words of a base configuration that is refused, which a case may be about. */
async function setUp(c: LoadedCase, { host, workers }: Place): Promise<string | undefined> {
  const { base } = c
  const put = () => host.client.put('/settings/base-config', { spec: base })
  const answer = base === undefined ? undefined : await put().then(() => undefined, refusal)
  for (const [name, maxConcurrency] of Object.entries(c.queue_config ?? {}))
    await host.client.put(`/queues/${encodeURIComponent(name)}`, { maxConcurrency })
  await makeProfiles(host.client, c.profiles)
  for (const worker of c.workers ?? []) await workers.add(worker)
  return answer?.refused
}

let counter = 0

export function createHosts(): Hosts {
  let shared: Promise<Own> | undefined
  return {
    async with(c, use) {
      counter += 1
      const names = { file: c.case.slice(0, 60), prefix: `c${process.pid}-${counter}` }
      const runs = (c.seed_runs ?? []).map(seed => ({
        runId: `${names.prefix}-${seed.id}`,
        ageDays: seed.age_days,
        status: seed.status,
      }))
      const own = needsOwnHost(c) ? await start(c, { file: names.file, runs }) : undefined
      if (!own) shared ??= start()
      const { host } = own ?? (await (shared as Promise<Own>))
      const place: Place = { host, workers: createWorkers(host), ...names }
      try {
        const refusedBase = await setUp(c, place)
        return await use(refusedBase === undefined ? place : { ...place, refusedBase })
      } finally {
        await place.workers.close()
        await own?.end()
      }
    },
    async close() {
      if (shared) await (await shared).end()
    },
  }
}
