// A new run made of a former one: its parameters, labels, profile and source, and the definition that it had pinned.
import { err, ok, type Result } from '@edgedag/core/result'
import type { Dag } from '@edgedag/core/spec/dag'
import type { StartRequest } from '../contracts.ts'
import type { Refusal } from './accept.ts'
import type { Definition } from './definition.ts'
import type { DagStore, RunRow } from './store.ts'

export interface Former {
  /** What the new run inherits; what is asked for wins. */
  inherited: Partial<StartRequest>
  /** As it was pinned, base configuration and all. */
  definition: Pick<Definition, 'dag' | 'hash' | 'problems'>
}

/** What a former run gives to a new one. */
export function formerRun(store: DagStore, row: RunRow | null, runId: string): Result<Former, Refusal> {
  const pinned = row === null ? null : store.pinned(row.spec.dagHash)
  if (row === null || pinned === null) return err({ code: 'not_found', message: `dag-run ID ${runId} not found` })
  const { params, labels, source, profile, webhook } = row.spec
  if (webhook?.blob !== undefined)
    return err({
      code: 'bad_request',
      message: 'the payload that a webhook brought to this run is too large to be used again; send it again instead',
    })
  return ok({
    inherited: {
      labels,
      ...(params === undefined ? {} : { params }),
      ...(source === undefined ? {} : { source }),
      ...(profile === undefined ? {} : { profile }),
      ...(webhook === undefined ? {} : { webhook }),
    },
    definition: { dag: JSON.parse(pinned.json) as Dag, hash: pinned.specHash, problems: [] },
  })
}
