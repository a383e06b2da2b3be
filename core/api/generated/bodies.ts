// What requests to the REST API carry. Generated from the schemas of its routes: node scripts/reference/main.ts writes it.

/** JSON bodies; routes without one are left out. */
export type Bodies = {
  'POST /auth/session': {
    token: string
  }
  'POST /api-keys': {
    name: string
    description?: string
    role: string
  }
  'PATCH /api-keys/{keyId}': {
    name?: string
    description?: string
    role?: string
  }
  'POST /dags': {
    name: string
    spec?: string
  }
  'PUT /dags/{fileName}/spec': {
    spec: string
    hash?: string
  }
  'PUT /settings/timezone': {
    timezone: string | ''
  }
  'POST /dags/{fileName}/backfills': {
    /** An RFC 3339 time, or a day of the schedule's zone */
    from: string
    /** Included; absent: now */
    to?: string
    concurrency?: number
    params?: string | Record<string, unknown>
    labels?: string[] | string
    pauseOnFailure?: boolean
    /** Only say what it would do */
    dryRun?: boolean
  }
  'PUT /settings/alerts': {
    webhookUrl?: string
    mail?: {
      host: string
      port: number
      /** `tls`: from the first byte (465); `starttls`: when the server offers it (587) */
      tls: 'tls' | 'starttls'
      username?: string
      from: string
      to: string[]
      /** Write-only; absent: as it was; empty: none */
      password?: string
    } | null
  }
  'POST /dags/validate': {
    spec: string
    name?: string
  }
  'POST /dags/{fileName}/rename': {
    newFileName: string
  }
  'POST /dags/{fileName}/suspend': {
    suspend: boolean
  }
  'POST /dags/{fileName}/start': {
    params?: string | Record<string, unknown>
    dagRunId?: string | ''
    dagName?: string | ''
    singleton?: boolean
    labels?: string[] | string
    tags?: string[] | string
    queue?: string | ''
    priority?: 'high' | 'low'
    triggerType?: 'manual' | 'scheduler' | 'catchup' | 'retry' | 'webhook' | 'unknown'
    profile?: string
  }
  'POST /dags/{fileName}/enqueue': {
    params?: string | Record<string, unknown>
    dagRunId?: string | ''
    dagName?: string | ''
    singleton?: boolean
    labels?: string[] | string
    tags?: string[] | string
    queue?: string | ''
    priority?: 'high' | 'low'
    triggerType?: 'manual' | 'scheduler' | 'catchup' | 'retry' | 'webhook' | 'unknown'
    profile?: string
  }
  'POST /dags/{fileName}/start-sync': {
    params?: string | Record<string, unknown>
    dagRunId?: string | ''
    dagName?: string | ''
    singleton?: boolean
    labels?: string[] | string
    tags?: string[] | string
    queue?: string | ''
    priority?: 'high' | 'low'
    triggerType?: 'manual' | 'scheduler' | 'catchup' | 'retry' | 'webhook' | 'unknown'
    profile?: string
    timeout?: number
  }
  'POST /dags/{fileName}/dag-runs/cleanup': {
    retentionDays: number
    dryRun?: boolean
  }
  'POST /dags/{fileName}/dry-run': {
    params?: string | Record<string, unknown>
    dagName?: string | ''
    spec?: string
  }
  'POST /dag-runs': {
    params?: string | Record<string, unknown>
    dagRunId?: string | ''
    dagName?: string | ''
    singleton?: boolean
    labels?: string[] | string
    tags?: string[] | string
    queue?: string | ''
    priority?: 'high' | 'low'
    triggerType?: 'manual' | 'scheduler' | 'catchup' | 'retry' | 'webhook' | 'unknown'
    profile?: string
    spec: string
    name?: string
    source?: {
      runner: string
      dir: string
    }
    files?: Record<string, string>
  }
  'POST /dag-runs/enqueue': {
    params?: string | Record<string, unknown>
    dagRunId?: string | ''
    dagName?: string | ''
    singleton?: boolean
    labels?: string[] | string
    tags?: string[] | string
    queue?: string | ''
    priority?: 'high' | 'low'
    triggerType?: 'manual' | 'scheduler' | 'catchup' | 'retry' | 'webhook' | 'unknown'
    profile?: string
    spec: string
    name?: string
    source?: {
      runner: string
      dir: string
    }
    files?: Record<string, string>
  }
  'POST /dag-runs/{name}/{dagRunId}/stop': {
    abandon?: boolean
  }
  'POST /dag-runs/{name}/{dagRunId}/retry': {
    dagRunId?: string | ''
    stepName?: string | ''
    includeDownstream?: boolean
    fromStep?: string | ''
    subDAGRunId?: string | ''
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/retry': {
    dagRunId?: string | ''
    stepName?: string | ''
    includeDownstream?: boolean
    fromStep?: string | ''
    subDAGRunId?: string | ''
  }
  'PATCH /dag-runs/{name}/{dagRunId}/steps/{stepName}/status': {
    status: number | string
  }
  'PATCH /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/status': {
    status: number | string
  }
  'POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/approve': {
    inputs?: Record<string, string | number | boolean>
    /** The `approvalIteration` of the step when the decision was made (0: never pushed back). A wait that has been pushed back since is refused with 409; without it the decision is about the wait that it finds. */
    approvalIteration?: number
  }
  'POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/push-back': {
    inputs?: Record<string, string | number | boolean>
    /** The `approvalIteration` of the step when the decision was made (0: never pushed back). A wait that has been pushed back since is refused with 409; without it the decision is about the wait that it finds. */
    approvalIteration?: number
  }
  'POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/reject': {
    reason?: string
    /** The `approvalIteration` of the step when the decision was made (0: never pushed back). A wait that has been pushed back since is refused with 409; without it the decision is about the wait that it finds. */
    approvalIteration?: number
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/approve': {
    inputs?: Record<string, string | number | boolean>
    /** The `approvalIteration` of the step when the decision was made (0: never pushed back). A wait that has been pushed back since is refused with 409; without it the decision is about the wait that it finds. */
    approvalIteration?: number
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/push-back': {
    inputs?: Record<string, string | number | boolean>
    /** The `approvalIteration` of the step when the decision was made (0: never pushed back). A wait that has been pushed back since is refused with 409; without it the decision is about the wait that it finds. */
    approvalIteration?: number
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/reject': {
    reason?: string
    /** The `approvalIteration` of the step when the decision was made (0: never pushed back). A wait that has been pushed back since is refused with 409; without it the decision is about the wait that it finds. */
    approvalIteration?: number
  }
  'POST /dag-runs/{name}/{dagRunId}/reschedule': {
    dagRunId?: string | ''
    dagName?: string | ''
    useCurrentDagFile?: boolean
  }
  'POST /dag-runs/{name}/{dagRunId}/edit-retry/preview': {
    spec: string
    dagName?: string | ''
  }
  'POST /dag-runs/{name}/{dagRunId}/edit-retry': {
    spec: string
    dagName?: string | ''
    dagRunId?: string | ''
    skipSteps?: string[]
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/stop': {
    abandon?: boolean
  }
  'PUT /queues/{name}': {
    maxConcurrency: number | null
  }
  'PUT /source/queues': {
    file: string
    queues: {
      name: string
      maxConcurrency: number
    }[]
  }
  'POST /queues/{name}/items/{dagRunId}/move': {
    to: 'first' | 'last'
  } | {
    before: string
  }
  'PUT /queues/{name}/items/{dagRunId}/priority': {
    priority: 'high' | 'low'
  }
  'POST /runners/enrolments': {
    labels?: Record<string, string>
    /** Documents that the credential of a runner reaches */
    docs?: {
      access: 'none' | 'read' | 'write'
      /** Whose documents it gets, `default`: those of no workspace; absent: all */
      workspaces?: string[]
    }
  }
  'POST /runners/enrol': {
    token: string
    name: string
    labels?: Record<string, string>
  }
  'POST /workers/{workerId}/drain': {
    drain?: boolean
  }
  'PUT /workers/{workerId}/docs': {
    access: 'none' | 'read' | 'write'
    /** Whose documents it gets, `default`: those of no workspace; absent: all */
    workspaces?: string[]
  }
  'PUT /runner/docs': {
    id: string
    content: string
    ifHash?: string | null
  }
  'POST /source/sync': {
    runner: string
    dir: string
    files?: {
      fileName: string
      spec: string
      files?: Record<string, string>
    }[]
    removed?: string[]
    complete?: boolean
  }
  'PUT /settings/base-config': {
    spec: string
  }
  'PUT /settings/workspaces/{name}/base-config': {
    spec: string
  }
  'POST /dags/{fileName}/webhook/toggle': {
    enabled: boolean
  }
  'POST /dags/{fileName}/webhook/hmac/enable': {
    authMode?: 'token_only' | 'token_and_hmac' | 'hmac_only'
    enforcementMode?: 'strict' | 'observe'
    provider?: 'generic' | 'github' | 'gitlab' | 'stripe' | 'standard'
    requireTimestamp?: boolean
    secret?: string
  }
  'POST /dags/{fileName}/webhook/hmac/configure': {
    authMode?: 'token_only' | 'token_and_hmac' | 'hmac_only'
    enforcementMode?: 'strict' | 'observe'
    provider?: 'generic' | 'github' | 'gitlab' | 'stripe' | 'standard'
    requireTimestamp?: boolean
  }
  'POST /dags/{fileName}/webhook/hmac/regenerate': {
    secret?: string
  }
  'PUT /dags/{fileName}/webhook/profile-selection': {
    allowedProfiles: string[]
  }
  'POST /docs': {
    id: string
    content?: string
  }
  'POST /docs/delete-batch': {
    paths: string[]
  }
  'PATCH /docs/doc': {
    content: string
    ifContent?: string
  }
  'POST /docs/doc/rename': {
    newPath: string
  }
  'POST /runner/runs/{runId}/secrets': {
    attempt: number
  }
  'PUT /dags/{fileName}/settings': {
    profile: string
  }
  'PATCH /profiles/_global': {
    description?: string
    defaultProfile?: string
  }
  'PUT /profiles/_global/variables/{key}': {
    value: string
  }
  'PUT /profiles/_global/secrets/{key}': {
    value: string
  }
  'PATCH /profiles/_workspaces/{workspaceName}': {
    description?: string
    defaultProfile?: string
  }
  'PUT /profiles/_workspaces/{workspaceName}/variables/{key}': {
    value: string
  }
  'PUT /profiles/_workspaces/{workspaceName}/secrets/{key}': {
    value: string
  }
  'POST /profiles': {
    name: string
    description?: string
    protected?: boolean
  }
  'PATCH /profiles/{profileName}': {
    description?: string
    status?: string
    protected?: boolean
  }
  'PUT /profiles/{profileName}/variables/{key}': {
    value: string
  }
  'PUT /profiles/{profileName}/secrets/{key}': {
    value: string
  }
  'POST /secrets': {
    workspace?: string
    ref: string
    description?: string
    providerType?: string
    providerRef?: string
    options?: Record<string, string>
    value?: string
  }
  'PATCH /secrets/{secretId}': {
    description?: string
    providerRef?: string
    options?: Record<string, string>
  }
  'POST /secrets/{secretId}/versions': {
    value: string
  }
}
