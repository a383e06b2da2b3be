import { describe, expect, it } from 'vitest'
import { loadDags } from '../spec/load.ts'
import { applyChanges } from './apply.ts'
import { artifactCount, hasArrived, openArtifacts } from './artifacts.ts'
import type { RunEvent } from './events.ts'
import type { RunState } from './state.ts'
import { transition } from './transition.ts'

const dagOf = (yaml: string) => {
  const loaded = loadDags(yaml, { fileName: 'a' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value.dag
}
const STEPS = 'steps:\n  - name: a\n    command: echo a\n'
const keeping = dagOf(`artifacts: {enabled: true}\n${STEPS}`)
const plain = dagOf(STEPS)

/** A run of one step, to its end; answers its state, and a way to tell it more. */
function ranToEnd(dag: typeof keeping) {
  let now = 1000
  let state: RunState | undefined
  let packs = 0
  const take = (event: RunEvent): void => {
    now += 10
    const { changes, commands } = transition(state, dag, event, {
      now,
      newId: length => 'a'.repeat(length),
      sha256: text => text,
    })
    if (changes) state = applyChanges(state, changes)
    packs += commands.filter(command => command.type === 'pack').length
  }
  const spec = {
    runId: 'r',
    dagId: 'd',
    dagName: 'a',
    fileName: 'a',
    dagHash: 'h',
    paramsDisplay: '',
    labels: [],
    createdAt: 1,
  }
  take({
    type: 'accepted',
    spec: { ...spec, trigger: 'manual' },
    assignment: { runnerId: 'r-1', hostname: 'h', room: 1 },
  })
  const plan = [...state!.plans.values()][0]!
  const inPlan = { plan: plan.id, fence: plan.fence, at: now }
  const end = { bytes: 0, lines: 0, text: '' }
  take({
    type: 'report',
    runnerId: 'r-1',
    seq: 1,
    events: [
      {
        type: 'prepared',
        ...inPlan,
        params: [],
        paramsDisplay: '',
        conditions: [],
        workDir: '/w',
        artifactsDir: '/w/artifacts',
      },
      { type: 'started', ...inPlan, step: 'a', attempt: 1 },
      {
        type: 'finished',
        ...inPlan,
        step: 'a',
        attempt: 1,
        outcome: 'succeeded',
        exitCode: 0,
        stdout: end,
        stderr: end,
      },
      { type: 'plan_ended', ...inPlan, reason: 'completed' },
    ],
  })
  const tell = (seq: number, fields: { manifest: number; files: number; settled: boolean; attempt?: number }) => {
    const event = {
      type: 'artifacts' as const,
      at: now,
      attempt: 1,
      bytes: fields.files,
      sha256: 'x',
      warnings: [],
      ...fields,
    }
    take({ type: 'report', runnerId: 'r-1', seq, events: [event] })
  }
  return { tell, take, state: () => state!, packs: () => packs }
}

describe('a run that keeps artifacts', () => {
  it('is packed when its runner has said that all are there, not before', () => {
    const run = ranToEnd(keeping)
    expect(run.state().head.status).toBe('succeeded')
    expect(openArtifacts(run.state().head, keeping)).toEqual(['r-1'])
    expect(run.packs()).toBe(0)
    run.tell(2, { manifest: 3, files: 2, settled: false })
    expect(run.packs()).toBe(0)
    run.tell(3, { manifest: 5, files: 4, settled: true })
    expect(run.packs()).toBe(1)
    expect(artifactCount(run.state().head)).toBe(4)
    expect(hasArrived(run.state().head, keeping, 0)).toBe(true)
  })

  it('keeps the newer of two manifests, in whatever order they come', () => {
    const run = ranToEnd(keeping)
    run.tell(2, { manifest: 5, files: 4, settled: true })
    run.tell(3, { manifest: 3, files: 2, settled: false })
    expect(run.state().head.artifacts).toMatchObject([{ runnerId: 'r-1', manifest: 5, files: 4, settled: 1 }])
  })

  it('waits again after a retry: what was told of the former attempt does not count', () => {
    const run = ranToEnd(keeping)
    run.tell(2, { manifest: 1, files: 1, settled: true })
    run.take({ type: 'retry_requested', by: 'me', step: 'a' })
    run.take({ type: 'assigned', assignment: { runnerId: 'r-1', hostname: 'h', room: 1 } })
    const plan = [...run.state().plans.values()][0]!
    const inPlan = { plan: plan.id, fence: plan.fence, at: 2000 }
    run.take({
      type: 'report',
      runnerId: 'r-1',
      seq: 1,
      events: [{ type: 'plan_ended', ...inPlan, reason: 'refused' }],
    })
    expect(openArtifacts(run.state().head, keeping)).toEqual(['r-1'])
  })

  it('believes a host that has lost its list that nothing more comes, and keeps what is stored', () => {
    const run = ranToEnd(keeping)
    run.tell(2, { manifest: 5, files: 4, settled: false })
    run.tell(3, { manifest: 0, files: 0, settled: true })
    expect(run.state().head.artifacts).toMatchObject([{ manifest: 5, files: 4, settled: 1 }])
    expect(run.packs()).toBe(1)
  })

  it('is given up with its logs', () => {
    const run = ranToEnd(keeping)
    run.take({ type: 'logs_settled' })
    expect(run.packs()).toBe(1)
  })
})

it('a run without artifacts waits for none', () => {
  const run = ranToEnd(plain)
  expect(run.packs()).toBe(1)
  expect(openArtifacts(run.state().head, plain)).toEqual([])
})
