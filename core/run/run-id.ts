// What a run may be called.

export const RUN_ID = /^[-a-zA-Z0-9_]{1,64}$/

export const RUN_ID_CHARACTERS = 'dag-run ID must only contain alphanumeric characters, dashes, and underscores'

/** Where a run is asked for, this means the newest of its DAG. */
export const NEWEST_RUN = 'latest'

/** Why somebody who starts a run cannot give it this id, as a sentence; null: they can. */
export function runIdProblem(id: string): string | null {
  if (!RUN_ID.test(id)) return RUN_ID_CHARACTERS
  if (id === NEWEST_RUN)
    return `dag-run ID must not be "${NEWEST_RUN}": it means the newest run of a DAG; choose another`
  return null
}
