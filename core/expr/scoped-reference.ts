// References of the later era: `${params.x}`, `${env.X}`, `${steps.id.outputs.x}`, `${context.run.id}`. Step ids cannot have
// these first words (they are reserved), and a variable of such a name goes first.
import type { PathSegment } from './json-path.ts'

export type ScopedTarget =
  | { kind: 'variable'; name: string; path: PathSegment[] }
  | { kind: 'step'; id: string; path: PathSegment[] }

const CONTEXT: Record<string, string> = {
  'dag.name': 'DAG_NAME',
  'run.id': 'DAG_RUN_ID',
  'run.scheduled_at': 'DAG_SCHEDULED_TIME',
  'run.status': 'DAG_RUN_STATUS',
  'step.name': 'DAG_RUN_STEP_NAME',
  'paths.log_file': 'DAG_RUN_LOG_FILE',
  'paths.work_dir': 'DAG_RUN_WORK_DIR',
  'paths.artifacts_dir': 'DAG_RUN_ARTIFACTS_DIR',
  'paths.docs_dir': 'DAG_DOCS_DIR',
}

/** What a scoped reference points at; `undefined` for any other first word. */
export const scopedTarget = (root: string, [first, ...rest]: readonly PathSegment[]): ScopedTarget | undefined => {
  const name = String(first)
  if (root === 'params' || root === 'env' || root === 'consts') return { kind: 'variable', name, path: rest }
  if (root === 'steps')
    return { kind: 'step', id: name, path: rest[0] === 'outputs' ? ['output', ...rest.slice(1)] : rest }
  const key = `${name}.${rest[0]}`
  if (root !== 'context' || !Object.hasOwn(CONTEXT, key)) return undefined
  return { kind: 'variable', name: CONTEXT[key]!, path: rest.slice(1) }
}
