// Calls that make a new run of a former one, and the one that only says what a run would do.
import { post, segments } from './client.ts'

const runPath = (name: string, id: string): string => `/dag-runs${segments(name, id)}`

/** `current`: with the DAG as it is now, not as it was. */
export const rescheduleRun = (name: string, id: string, current = false): Promise<{ dagRunId: string }> =>
  post(`${runPath(name, id)}/reschedule`, current ? { useCurrentDagFile: true } : {})

export interface EditPreview {
  dagName: string
  steps: { name: string; changed: boolean; canSkip: boolean }[]
  skippedSteps: string[]
  ineligibleSteps: { stepName: string; reason: string }[]
  errors: string[]
  warnings: string[]
}

export const previewEdit = (name: string, id: string, spec: string): Promise<EditPreview> =>
  post(`${runPath(name, id)}/edit-retry/preview`, { spec })

export const editRetry = (
  name: string,
  id: string,
  spec: string,
  skipSteps: readonly string[],
): Promise<{ dagRunId: string }> => post(`${runPath(name, id)}/edit-retry`, { spec, skipSteps })

export interface DryStep {
  name: string
  type: string
  depends: string[]
  handler?: string
  when: string[]
  text: string[]
  config: Record<string, unknown>
}

export interface DryRun {
  dagName: string
  params: { name: string; value: string }[]
  workingDir: string
  steps: DryStep[]
}

/** `spec`: a text that is not saved yet; absent: the DAG as it is. */
export const dryRun = (file: string, params: string, spec?: string): Promise<DryRun> =>
  post(`/dags${segments(file)}/dry-run`, {
    ...(params === '' ? {} : { params }),
    ...(spec === undefined ? {} : { spec }),
  })
