// Where a run is found: a top run by its name and id, one that it has called below it. Both fit into (name, id): the id of a called
// run is `ROOT/CHILD`, since run ids have no slash.

export interface RunAddress {
  name: string
  id: string
}

interface Addressed {
  name: string
  dagRunId: string
  rootDAGRunName?: string
  rootDAGRunId?: string
}

/** The address of a run whose details are known. */
export const addressOf = ({ name, dagRunId, rootDAGRunName, rootDAGRunId }: Addressed): RunAddress =>
  rootDAGRunId === undefined || rootDAGRunId === dagRunId
    ? { name, id: dagRunId }
    : { name: rootDAGRunName ?? name, id: `${rootDAGRunId}/${dagRunId}` }

/** A run that another one has called. */
export const isCalled = ({ dagRunId, rootDAGRunId = dagRunId }: Addressed): boolean => rootDAGRunId !== dagRunId

/** The page of the stored DAG that the run is of; absent where there is none: an inline text, a document of another file. */
export const dagHref = (run: Addressed & { sourceFileName?: string; specFromFile?: boolean }): string | undefined =>
  run.specFromFile === false || (isCalled(run) && !run.sourceFileName)
    ? undefined
    : `/dags/${encodeURIComponent(run.sourceFileName ?? run.name)}`

/** The address of a run below the same root. */
export function relativeOf(run: Addressed, dagRunId: string): RunAddress {
  const root = run.rootDAGRunId ?? run.dagRunId
  return { name: run.rootDAGRunName ?? run.name, id: root === dagRunId ? root : `${root}/${dagRunId}` }
}

/** Path segments behind `/dag-runs`, for pages and for the API. */
export function addressSegments(name: string, id: string): string {
  const [top = '', child] = id.split('/')
  const parts = child === undefined ? [name, top] : [name, top, 'sub-dag-runs', child]
  return parts.map(part => `/${encodeURIComponent(part)}`).join('')
}

/** The topic of its live feed. */
export const topicOf = (name: string, id: string): string => `run:${name}:${id.replace('/', ':')}`
