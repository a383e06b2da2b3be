// What a step calls, as the events that tell the Run of it: cut so that no event is long, the called text in the first one only.
import { type AgentEvent, CHILDREN_IN_EVENT, MAX_CALLED_TEXT } from '../protocol/frames.ts'
import { err, ok, type Result } from '../result.ts'
import type { CallPlan } from './call.ts'

export type ChildrenEvent = Extract<AgentEvent, { type: 'children' }>
export type ChildItem = ChildrenEvent['items'][number]

/**
 * The events in order; the error is a sentence for the user. Text of a called file, directory that children inherit, and what stands
 * for parameters that nobody may see.
 */
export const callEvents = (
  call: CallPlan,
  common: Pick<ChildrenEvent, 'plan' | 'fence' | 'at' | 'step' | 'attempt'>,
  {
    text,
    workingDir,
    item = plainItem,
  }: { text?: string; workingDir?: string; item?: (params: string) => ChildItem } = {},
): Result<ChildrenEvent[], string> => {
  const large = call.params.findIndex(params => params.length > MAX_CALLED_TEXT)
  if (large >= 0) return err(`the parameters of child ${large + 1} are over ${MAX_CALLED_TEXT / 1024} KiB`)
  const base = {
    ...{ type: 'children' as const, ...common, target: call.target, parallel: call.parallel },
    ...(call.maxConcurrent === undefined ? {} : { maxConcurrent: call.maxConcurrent }),
    ...(workingDir === undefined ? {} : { workingDir }),
  }
  const count = Math.ceil(call.params.length / CHILDREN_IN_EVENT)
  return ok(
    Array.from({ length: count }, (_, n) => {
      const from = n * CHILDREN_IN_EVENT
      const items = call.params.slice(from, from + CHILDREN_IN_EVENT).map(item)
      return { ...base, ...(n === 0 && text !== undefined ? { text } : {}), from, items, last: n === count - 1 }
    }),
  )
}

const plainItem = (params: string): ChildItem => ({ params })
