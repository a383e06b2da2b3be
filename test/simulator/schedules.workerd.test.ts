/// <reference types="@cloudflare/vitest-plugin/types" />
// Schedules of the simulator with the real classes in workerd: real objects, sockets, storage and R2, the modelled agent, and the
// same invariants. Crashes hit all objects at once or agents; times are shortened.

import { abortAllDurableObjects, reset, runInDurableObject } from 'cloudflare:test'
import { summarise } from '@edgedag/core/run/summary'
import type { Dag } from '@edgedag/core/spec/dag'
import { loadDags } from '@edgedag/core/spec/load'
import { objectOf, stubOf } from '@edgedag/worker/host/workerd-env'
import { SINGLETON } from '@edgedag/worker/objects/contracts'
import { runObjectName } from '@edgedag/worker/objects/names'
import { enrolRunner, testEnv } from '@edgedag/worker/testing/installation'
import { afterEach, expect, it, vi } from 'vitest'
import { Machine, type World } from './agent/machine.ts'
import { againstTruth, gaveWay } from './check/against-truth.ts'
import { checkChildren } from './check/children.ts'
import { sameLine } from './check/end.ts'
import { compareWithExpected } from './check/expected.ts'
import {
  type History,
  historyFromPack,
  historyFromRows,
  JOURNAL_QUERY,
  type JournalRow,
  STONE_QUERY,
  type StoneRow,
} from './check/history.ts'
import { replay } from './check/journal.ts'
import { NO_LOOKS } from './check/looks.ts'
import { createQueueCheck } from './check/queues.ts'
import { below, Truth } from './check/truth.ts'
import type { DagText } from './schedule/dags.ts'
import type { StepScript } from './schedule/script.ts'
import { themeOf } from './schedule/themes.ts'
import { planWorld, type RunPlan, type WorldPlan } from './schedule/world-plan.ts'
import { ZONES } from './schedule/zones.ts'
import { Random } from './sim/random.ts'
import { Progress, pause } from './workerd/progress.ts'
import { HURRY, playRun } from './workerd/real-clients.ts'
import { RealNetwork, realClock } from './workerd/real-hosts.ts'

const RUN_POOL = Number(testEnv.RUN_POOL)
/** Usual ones: in busy ones all wait for each other, which takes minutes on a real clock. */
const WORLDS = Array.from({ length: 20 }, (_, i) => i)
  .filter(i => themeOf(i) === 'usual')
  .slice(0, 10)
const CRASHES = 20
/** Steps that would run for long are cut to this. */
const MAX_STEP_MS = 1_500

let current: Batch | undefined

afterEach(async () => {
  current?.close()
  vi.restoreAllMocks()
  await reset()
})

class Batch {
  readonly plans: WorldPlan[]
  readonly truth: Truth
  readonly networks: RealNetwork[] = []
  readonly machines: Machine[] = []
  readonly errors: string[] = []
  readonly random: Random
  readonly progress = new Progress()
  crashes = 0

  constructor() {
    this.random = new Random('workerd')
    this.plans = WORLDS.map(i => hurried(planWorld(21, i, { prefix: `w${i}-` })))
    const texts = this.plans.flatMap(plan => plan.dags)
    const dags = new Map(texts.map(text => [text.fileName, loadText(text)]))
    this.truth = new Truth(realClock, dags)
    for (const { dags: own, runs } of this.plans)
      for (const { runId, dag, scriptSeed, traits } of runs)
        this.truth.run({ runId, dag: dags.get(own[dag]!.fileName)!, scriptSeed, traits })
    const checks = this.plans.map(plan => createQueueCheck(plan, this.truth))
    this.truth.onSpawn = (run, step) => {
      this.progress.note()
      for (const check of checks) check(run, step)
    }
  }

  async addHost(): Promise<void> {
    const world: World = {
      loop: realClock,
      truth: this.truth,
      random: this.random.fork(`host${this.machines.length}`),
      trace: () => {},
      unexpected: (where, error) => this.errors.push(`${where}: ${String(error)}`),
      crashesAt: () => false,
      uploadFails: () => false,
      script: runId => hurriedScript(this.truth.runs.get(runId)!.script),
      // Its runs have no profile.
      secrets: (_, __, reply) => reply(null),
      network: () => {
        const network = new RealNetwork()
        this.networks.push(network)
        return network
      },
    }
    const machine = new Machine(world, await enrolRunner(), {
      ...{ capacity: 40, skewMs: 0 },
      zone: ZONES[this.machines.length % ZONES.length]!,
    })
    this.machines.push(machine)
    this.truth.silence.set(machine.runnerId, () => 0)
    machine.startAgent()
  }

  /** The agents end for good, so that none of them meets the installation of the next test. */
  close(): void {
    for (const machine of this.machines) {
      machine.isOn = false
      machine.agent?.die()
    }
    for (const network of this.networks) network.cut()
  }

  /** One thing goes wrong. */
  async disturb(): Promise<void> {
    this.crashes++
    switch (this.random.weighted({ abort: 4, agent: 3, cut: 3 })) {
      case 'abort':
        return await abortAllDurableObjects()
      case 'agent':
        return this.random.pick(this.machines).crashAgent(this.random.between(20, 300))
      default:
        return this.random.pick(this.networks).cut()
    }
  }
}

it('the runs of ten worlds keep the invariants in workerd', { timeout: 600_000 }, async () => {
  // What objects say about calls that were cut is no news here.
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const batch = new Batch()
  const { progress } = batch
  current = batch
  const directory = () => stubOf(testEnv, 'directory', SINGLETON)
  for (let i = 0; i < 4; i++) await batch.addHost()
  const playing: Promise<void>[] = []
  const dagIds = new Map<string, string>()
  for (const plan of batch.plans) {
    for (const { name, max } of plan.queues) await directory().setQueue(name, max)
    for (const { fileName, spec } of plan.dags) {
      const dagId = (await directory().dagId(fileName, true))!
      dagIds.set(fileName, dagId)
      expect(await stubOf(testEnv, 'dag', dagId).putSpec({ dagId, fileName, spec })).toMatchObject({ ok: true })
    }
  }
  for (const plan of batch.plans) {
    for (const run of plan.runs)
      playing.push(
        playRun(
          run,
          { dagId: dagIds.get(plan.dags[run.dag]!.fileName)!, truth: batch.truth.runs.get(run.runId)! },
          RUN_POOL,
          progress,
        ),
      )
  }
  const over = Promise.all(playing)
  // The Cron Trigger.
  const sweeps = setInterval(
    () =>
      void directory()
        .sweep()
        .catch(() => {}),
    2_000,
  )
  for (let i = 0; i < CRASHES; i++) {
    await pause(batch.random.between(100, 800))
    await batch.disturb()
  }
  await over.finally(() => clearInterval(sweeps))
  await batch.progress.until(
    async () => batch.machines.every(machine => machine.agent?.runs.size === 0),
    'the end of all accounts on hosts',
  )
  const broken: string[] = []
  for (const plan of batch.plans) {
    for (const run of plan.runs) broken.push(...(await checkRun(batch, run, dagIds.get(plan.dags[run.dag]!.fileName)!)))
  }
  expect([...broken, ...batch.truth.violations, ...batch.errors]).toEqual([])
  expect(batch.crashes).toBe(CRASHES)
})

async function checkRun(batch: Batch, plan: RunPlan, dagId: string): Promise<string[]> {
  const truth = batch.truth.runs.get(plan.runId)!
  const line = (await stubOf(testEnv, 'dag', dagId).run(plan.runId))!
  const history = await historyOf(plan.runId)
  if (history === null) return gaveWay(line.status, truth) ? [] : [`${plan.runId}: there is nothing of it`]
  const { state, broken, isDisturbed } = replay(history, truth.dag)
  const problems = [
    ...broken,
    ...sameLine('the Dag', line, summarise(state, truth.dag)),
    ...againstTruth(state, truth, noEffects),
  ]
  await batch.progress.until(async () => {
    const { runs } = await stubOf(testEnv, 'index', SINGLETON).runs({ runId: plan.runId, limit: 2 })
    return runs[0]?.status === line.status && runs[0].finishedAt === line.finishedAt
  }, `the Index's line of ${plan.runId}`)
  const histories = new Map<string, History | null>()
  for (const { runId } of below(truth)) histories.set(runId, await historyOf(runId))
  const isStopped = plan.stopAfter !== undefined
  const children = checkChildren(state, truth, {
    isParentDisturbed: isDisturbed,
    hasJumped: false,
    historyOf: runId => histories.get(runId) ?? null,
    isStopped,
    looks: NO_LOOKS,
    effects: noEffects,
  })
  problems.push(...children.problems)
  if (!isDisturbed && !children.isDisturbed && !isStopped)
    problems.push(...compareWithExpected(state, truth, children.statuses))
  return problems.map(text => `${plan.runId}: ${text}`)
}

/** Null: there is nothing of the run. */
async function historyOf(runId: string): Promise<History | null> {
  const stub = objectOf(testEnv, 'run', runObjectName(runId, RUN_POOL))
  const found = await runInDurableObject(stub, (_object, state) => {
    const { sql } = state.storage
    return {
      rows: [...sql.exec(JOURNAL_QUERY, runId)] as unknown as JournalRow[],
      stones: [...sql.exec(STONE_QUERY, runId)] as unknown as StoneRow[],
    }
  })
  const [stone] = found.stones
  if (stone === undefined) return found.rows.length === 0 ? null : historyFromRows(found.rows)
  const pack = await testEnv.BLOBS.get(stone.pack)
  return historyFromPack(new Uint8Array(await pack!.arrayBuffer()), stone)
}

function loadText({ spec, fileName }: DagText): Dag {
  const loaded = loadDags(spec, { fileName })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value.dag
}

const hurriedScript =
  (script: StepScript): StepScript =>
  (step, attempt) => {
    const act = script(step, attempt)
    return { ...act, ms: act.ms === null ? null : Math.min(act.ms / HURRY, MAX_STEP_MS) }
  }

/** There is nobody outside: see `hurried`. */
const noEffects = (): number => 0

/** Waits that only policies ask for are shortened; the order of things stays. */
function hurried(plan: WorldPlan): WorldPlan {
  const shorten = (text: string): string =>
    text
      .replace(/"interval_sec":\d+/g, match => (match.endsWith(':0') ? match : '"interval_sec":1'))
      .replace(/"(timeout_sec|delay_sec)":\d+/g, '"$1":2')
      // Nobody answers requests here.
      .replace(/"type":"http","config":\{.*?"timeout":0\}/g, '"type":"noop"')
  return { ...plan, dags: plan.dags.map(dag => ({ ...dag, spec: shorten(dag.spec) })) }
}
