import { expect, it } from 'vitest'
import type { ApiClient } from './api-client.ts'
import { gatesNamed, gatesOf, gateText } from './gates.ts'
import type { RunDetails } from './run-details.ts'

const node = (name: string, statusLabel: string, ...called: string[]) => ({
  step: { name },
  statusLabel,
  subRuns: called.map(dagRunId => ({ dagRunId, statusLabel: dagRunId === 'over' ? 'succeeded' : 'waiting' })),
})
const run = (name: string, dagRunId: string, ...nodes: object[]) => ({ name, dagRunId, nodes }) as unknown as RunDetails

const root = run(
  'top',
  'r',
  node('own', 'waiting', 'over'),
  node('call', 'waiting', 'k1', 'k2'),
  node('z', 'not_started'),
)
const called: Record<string, RunDetails> = {
  k1: run('kid', 'k1', node('g', 'waiting')),
  k2: run('kid', 'k2', node('deeper', 'waiting', 'k3')),
  k3: run('leaf', 'k3', node('g', 'waiting')),
}
const client = {
  get: async (path: string) => ({ dagRunDetails: called[path.replace('/dag-runs/top/r/sub-dag-runs/', '')] }),
} as unknown as ApiClient

it('finds the steps that wait for a person, in called runs too', async () => {
  const gates = await gatesOf(client, root)
  expect(gates.map(gate => gateText(root, gate))).toEqual(['own', 'g (of kid k1)', 'g (of leaf k3)'])
  expect(gates.map(({ path }) => path)).toEqual([
    '/dag-runs/top/r',
    '/dag-runs/top/r/sub-dag-runs/k1',
    '/dag-runs/top/r/sub-dag-runs/k3',
  ])
})

it.each([
  [undefined, ['r', 'k1', 'k3']],
  ['own', ['r']],
  ['g', ['k1', 'k3']],
  ['call', ['k1', 'k3']],
  ['deeper', ['k3']],
  ['k1', ['k1']],
  ['z', []],
])('by the word %s means those of %j', async (word, runs) => {
  expect(gatesNamed(await gatesOf(client, root), word).map(gate => gate.run.dagRunId)).toEqual(runs)
})
