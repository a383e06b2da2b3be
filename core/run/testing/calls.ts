// A DAG whose step `go` calls the DAG `kid`, and how its children end.
import type { ChildItem } from '../../expr/call-events.ts'
import type { ChildNews, ChildOrder } from '../children/child-types.ts'
import type { ClusterOptions } from './cluster.ts'
import { aDag, aStep } from './dags.ts'

export const callStep = (rest = {}) => aStep('go', { type: 'dag', call: 'kid', ...rest })
export const kid = aDag([aStep('k')], { name: 'kid' })
export const withKid = { localDags: [kid] }
export const words = (n: number) => Array.from({ length: n }, (_, i) => `w${i}`)

/** A cluster whose step `go` calls `kid` with these parameters. */
export const calling = (
  params: (string | ChildItem)[],
  child: ClusterOptions['child'],
  rest: Partial<ClusterOptions> & { maxConcurrent?: number } = {},
) => {
  const { maxConcurrent, ...options } = rest
  const calls: ClusterOptions['calls'] = step =>
    step === 'go' ? { target: 'kid', params, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) } : undefined
  return { calls, ...(child && { child }), ...options }
}
export const byParams =
  (ends: Record<string, Partial<ChildNews> | 'hang'>) =>
  ({ params }: ChildOrder) =>
    ends[params] ?? {}

/** The news that a child has succeeded. */
export function ended({ id, attempt }: ChildOrder): ChildNews {
  return { id, attempt, status: 'succeeded', startedAt: 1, finishedAt: 2, runner: 'host1' }
}
