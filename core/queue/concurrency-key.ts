// A DAG's `concurrency.key` with the parameters of one run filled in.
import type { CheckedParams } from '../params/resolve.ts'
import { err, ok, type Result } from '../result.ts'
import type { Dag } from '../spec/dag.ts'

/** What a run carries: runs of its DAG with the same key exclude each other. */
export interface ConcurrencyKey {
  key: string
  limit: number
  onConflict: 'queue' | 'cancel' | 'skip'
}

const MAX_KEY_CHARS = 255
const NAME = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*|\d+)(?::-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*|\d))/g

/**
 * The key of a run with these parameters; null: the DAG has none. An unset name is empty. The error says which parameter is only known on
 * the host, or that the key is too long.
 */
export function concurrencyOf(
  dag: Pick<Dag, 'name' | 'concurrency'>,
  params: Pick<CheckedParams, 'values' | 'pending'>,
): Result<ConcurrencyKey | null, string> {
  const { concurrency } = dag
  if (concurrency === undefined) return ok(null)
  const values = new Map(params.values.map(({ name, value }) => [name, value]))
  values.set('DAG_NAME', dag.name)
  const unknown: string[] = []
  const key = concurrency.key.replace(NAME, (_, braced?: string, otherwise?: string, bare?: string) => {
    const name = braced ?? bare ?? ''
    if (params.pending.includes(name)) unknown.push(name)
    return values.get(name) || otherwise || ''
  })
  if (unknown.length > 0)
    return err(
      `concurrency.key names the parameter ${unknown[0]}, whose eval is done on the host only after the run has been admitted: give the parameter a value, or leave it out of the key`,
    )
  if (key.length > MAX_KEY_CHARS)
    return err(
      `concurrency.key is ${key.length} characters long with these parameters; at most ${MAX_KEY_CHARS} are allowed`,
    )
  return ok({ key, limit: concurrency.limit, onConflict: concurrency.onConflict })
}
