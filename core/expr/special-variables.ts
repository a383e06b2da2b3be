// Names that the engine owns: read-only everywhere, whatever env, params, outputs or the host say (semantics 25).

const RUN_VARIABLES: ReadonlySet<string> = new Set([
  'DAG_NAME',
  'DAG_RUN_ID',
  'DAG_SCHEDULED_TIME',
  'DAG_RUN_LOG_FILE',
  'DAG_RUN_STEP_NAME',
  'DAG_RUN_STEP_STDOUT_FILE',
  'DAG_RUN_STEP_STDERR_FILE',
  'DAG_RUN_STATUS',
  'DAG_WAITING_STEPS',
  'DAG_RUN_WORK_DIR',
  'DAG_RUN_ARTIFACTS_DIR',
  'DAG_DOCS_DIR',
  'DAG_PARAMS_JSON',
  'DAGU_PARAMS_JSON',
  'DAG_PUSHBACK',
  'DAG_PUSHBACK_ITERATION',
  'DAG_PUSHBACK_PREVIOUS_STDOUT_FILE',
])

/** True for the run variables: a user's value of such a name is ignored. */
export const isReadOnly = (name: string): boolean => RUN_VARIABLES.has(name)

/** What a run knows of its due time: nothing where no schedule (and no backfill) has brought it. */
export const scheduleVariables = ({ scheduledAt }: { scheduledAt?: string | undefined }): Record<string, string> =>
  scheduledAt === undefined ? {} : { DAG_SCHEDULED_TIME: scheduledAt }
