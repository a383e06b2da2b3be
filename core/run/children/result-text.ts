// The JSON that a call leaves as its stdout (semantics 16). Pure text work, which a host does again with outputs that only it may see.

import { isGoodStatus } from '../status.ts'

export interface ResultOfChild {
  name: string
  dagRunId: string
  /** As shown. */
  params: string
  outputs: Record<string, string>
  status: string
}

/** One result, or in a fan-out all of them with their counts. */
export function resultText(results: readonly ResultOfChild[], isParallel: boolean): string {
  if (!isParallel) return textOf(results[0])
  const good = results.filter(({ status }) => isGoodStatus(status))
  const summary = { total: results.length, succeeded: good.length, failed: results.length - good.length }
  return textOf({ summary, results, outputs: good.map(({ outputs }) => outputs) })
}

const textOf = (json: unknown): string => `${JSON.stringify(json, null, 2)}\n`

/** The same text with these outputs, by run, in place of those that it shows. */
export function withOutputs(text: string, byRun: ReadonlyMap<string, Record<string, string>>): string {
  const json = JSON.parse(text) as ResultOfChild | { results: ResultOfChild[] }
  const filled = (result: ResultOfChild): ResultOfChild => ({
    ...result,
    outputs: { ...result.outputs, ...byRun.get(result.dagRunId) },
  })
  return 'results' in json ? resultText(json.results.map(filled), true) : resultText([filled(json)], false)
}
