// What a call leaves behind (semantics 16): the JSON that counts as the step's stdout, and how the step ended.

import { callRecord, childRecord, type Draft, findNode } from '../draft.ts'
import { type CallRecord, type ChildRecord, childKey } from './call-record.ts'
import { isGood } from './call-state.ts'
import { type ResultOfChild, resultText } from './result-text.ts'

export interface CallResult {
  text: string
  exitCode: number
  error?: string
  /** Outputs in it are masked: its host is given them as they are. */
  sealed?: true
}

/** Failed children that an error names. */
const NAMED_IN_ERROR = 3

/** The result of a step whose children are over. */
export function callResult(d: Draft, step: string): CallResult {
  const call = callRecord(d, step)
  if (!call) return { text: '', exitCode: 1, error: 'what the step has called is not known any more' }
  if (call.error !== undefined) return { text: '', exitCode: 1, error: call.error }
  const children = childrenOf(d, call)
  const sealed = children.some(child => child.sealedOutputs) ? { sealed: true as const } : {}
  const text = resultText(
    children.map(child => resultOf(child, call)),
    call.parallel,
  )
  if (call.timedOut) return { text, ...sealed, exitCode: 124, error: overTime(findNode(d, step)?.timeoutSec ?? 0) }
  const { maxOutputSize } = d.dag
  if (call.outputSize > maxOutputSize && findNode(d, step)?.output) {
    const error = `the outputs of ${call.total} child runs are ${call.outputSize} characters, more than max_output_size (${maxOutputSize})`
    return { text, ...sealed, exitCode: 1, error }
  }
  return { text, ...sealed, ...(call.bad === 0 ? { exitCode: 0 } : { exitCode: 1, error: failure(call, children) }) }
}

function childrenOf(d: Draft, call: CallRecord): ChildRecord[] {
  const children: ChildRecord[] = []
  for (let index = 0; index < call.total; index += 1) {
    const child = childRecord(d, childKey(call.step, call.round, index))
    if (child) children.push(child)
  }
  return children
}

const resultOf = (child: ChildRecord, call: CallRecord): ResultOfChild => ({
  name: call.dag?.name ?? call.target,
  dagRunId: child.id,
  params: child.params,
  outputs: child.outputs ?? {},
  status: child.status,
})

/** What an attempt that is over its time says. */
export const overTime = (limitSec: number): string => `timed out: over its limit of ${limitSec} s`

function failure(call: CallRecord, children: readonly ChildRecord[]): string {
  const name = call.dag?.name ?? call.target
  const bad = children.filter(child => !isGood(child))
  const said = bad
    .slice(0, NAMED_IN_ERROR)
    .map(child => `${child.id} ${child.status}${child.error === undefined ? '' : `: ${child.error.split('\n')[0]}`}`)
  if (!call.parallel) return `child run of DAG ${name} ${said[0]?.replace(/^\S+ /, '') ?? 'failed'}`
  const more = bad.length > said.length ? '; ...' : ''
  return `${bad.length} of ${call.total} child runs of DAG ${name} did not succeed: ${said.join('; ')}${more}`
}
