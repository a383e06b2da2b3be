// The steps of a run that wait for a person, in the runs that it has called too.
import type { Answers } from '@edgedag/core/api/generated/answers'
import type { ApiClient } from './api-client.ts'
import { runPath } from './follow-run.ts'
import type { NodeDetails, RunDetails } from './run-details.ts'

export interface Gate {
  /** Address of the run that has the step. */
  path: string
  run: RunDetails
  node: NodeDetails
  /** Steps through which its run was called, from the top. */
  via: NodeDetails[]
}

/** Gates shown to choose from. */
const MAX_GATES = 20

export async function gatesOf(client: ApiClient, root: RunDetails): Promise<Gate[]> {
  const gates: Gate[] = []
  const rootPath = runPath(root.name, root.dagRunId)
  const look = async (path: string, run: RunDetails, via: NodeDetails[]): Promise<void> => {
    for (const node of run.nodes.filter(each => each.statusLabel === 'waiting')) {
      const called = node.subRuns.filter(each => each.statusLabel === 'waiting')
      if (called.length === 0) gates.push({ path, run, node, via })
      for (const { dagRunId } of called) {
        if (gates.length >= MAX_GATES) return
        const below = `${rootPath}/sub-dag-runs/${encodeURIComponent(dagRunId)}`
        const answer = await client.get<Answers['GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}']>(below)
        await look(below, answer.dagRunDetails, [...via, node])
      }
    }
  }
  await look(rootPath, root, [])
  return gates
}

/** The gates that a person may mean: by the step or one that called its run (name or id), by the called run, or all. */
export const gatesNamed = (gates: readonly Gate[], word: string | undefined): Gate[] =>
  gates.filter(({ node, run, via }) => {
    const steps = [...via, node].flatMap(({ step }) => [step.name, step.id])
    return word === undefined || run.dagRunId === word || steps.includes(word)
  })

export const gateText = (root: RunDetails, { node, run }: Gate): string =>
  run.dagRunId === root.dagRunId ? node.step.name : `${node.step.name} (of ${run.name} ${run.dagRunId})`
