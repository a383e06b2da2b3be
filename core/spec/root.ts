// The fields of a DAG that stand beside its steps: identity, environment, schedule, limits, retention, mail, executor defaults.

import { QUEUE_NAME } from '../queue/name.ts'
import { type Document, mergedBlock } from './base.ts'
import { readConcurrency } from './concurrency.ts'
import { readContainerBlock } from './container.ts'
import type { Dag } from './dag.ts'
import { readConditions, readDotenv, readEnv, readLabels, readSecrets } from './env.ts'
import { ARTIFACTS_KEYS, OTEL_KEYS, RUN_CONFIG_KEYS, WEBHOOK_KEYS } from './fields.ts'
import { type Layers, readBlock } from './keys.ts'
import { readMail } from './mail.ts'
import { type Field, isBlank } from './node.ts'
import { readDagRetryPolicy } from './policies.ts'
import type { Report } from './report.ts'
import { readSchedule } from './schedule.ts'
import { checkLlm, readWorkerSelector } from './step.ts'
import {
  badValue,
  readBoolean,
  readDurationSec,
  readInteger,
  readShell,
  readText,
  readTexts,
  readWord,
} from './values.ts'

type Root = Omit<
  Dag,
  'schemaVersion' | 'name' | 'type' | 'params' | 'handlers' | 'inheritedHandlers' | 'steps' | 'localDags'
>

export function readRoot(report: Report, document: Document, harnesses?: Record<string, unknown>): Root {
  const { layers } = document
  const integer = (key: string, min: number, fallback: number) => readInteger(report, layers.get(key), min) ?? fallback
  return {
    ...readIdentity(report, layers),
    dotenv: readDotenv(report, layers.all('dotenv')),
    env: layers.all('env').flatMap(field => readEnv(report, field)),
    secrets: readSecrets(report, layers.all('secrets')),
    preconditions: readConditions(report, layers.get('preconditions')),
    ...readScheduling(report, layers),
    timeoutSec: integer('timeout_sec', 0, 0),
    delaySec: integer('delay_sec', 0, 0),
    maxCleanUpTimeSec: integer('max_clean_up_time_sec', 0, 5),
    maxActiveSteps: integer('max_active_steps', 0, 0),
    maxActiveRuns: integer('max_active_runs', -1, 1),
    maxOutputSize: integer('max_output_size', 0, 0) || 1_048_576,
    logOutput: readWord(report, layers.get('log_output'), ['separate', 'merged'] as const) ?? 'separate',
    ...readRetention(report, document),
    ...readConcurrency(report, layers),
    ...readOptional(report, layers),
    runConfig: readRunConfig(report, layers),
    executorDefaults: { ...readExecutorDefaults(report, document), ...(harnesses && { harnesses }) },
  }
}

function readIdentity(report: Report, layers: Layers): Pick<Root, 'description' | 'group' | 'labels'> {
  return {
    description: readText(report, layers.get('description')) ?? '',
    group: readText(report, layers.get('group')) ?? '',
    labels: [...new Set(layers.all('labels').flatMap(field => readLabels(report, field)))],
  }
}

function readScheduling(report: Report, layers: Layers) {
  const catchupWindowSec = readDurationSec(report, layers.get('catchup_window'))
  return {
    schedule: readSchedule(report, layers.get('schedule')),
    skipIfSuccessful: readBoolean(report, layers.get('skip_if_successful')) ?? false,
    overlapPolicy: readWord(report, layers.get('overlap_policy'), ['skip', 'all', 'latest'] as const) ?? 'skip',
    restartWaitSec: readInteger(report, layers.get('restart_wait_sec'), 0) ?? 0,
    ...(catchupWindowSec === undefined ? {} : { catchupWindowSec }),
  } as const
}

const given = (field: Field | undefined): Field | undefined => (field && !isBlank(field.node) ? field : undefined)

/** Days and runs exclude each other in one file; whichever the file sets clears the inherited other. */
function readRetention(
  report: Report,
  { own, layers }: Document,
): Pick<Root, 'histRetentionDays'> & Partial<Pick<Root, 'histRetentionRuns'>> {
  const [daysAt, runsAt] = [layers.get('hist_retention_days'), layers.get('hist_retention_runs')]
  const [ownDays, ownRuns] = [given(own.map.get('hist_retention_days')), given(own.map.get('hist_retention_runs'))]
  if (ownDays && ownRuns)
    badValue(report, ownRuns, 'and hist_retention_days are mutually exclusive', 'keep one of the two')
  const days = ownRuns && !ownDays ? undefined : readInteger(report, daysAt, -1)
  const runs = ownDays && !ownRuns ? undefined : readInteger(report, runsAt, 1)
  return { histRetentionDays: days ?? 30, ...(runs === undefined ? {} : { histRetentionRuns: runs }) }
}

/** A queue is paused and looked at under its name. */
function readQueue(report: Report, field: Field | undefined): string | undefined {
  const name = readText(report, field)?.trim()
  if (field && name && !QUEUE_NAME.test(name))
    return badValue(report, field, 'is no name of a queue', 'one line of text, at most 255 characters, not "." or ".."')
  return name
}

function readOptional(report: Report, layers: Layers): Partial<Root> {
  const out: Partial<Root> = {}
  const workingDir = readText(report, layers.get('working_dir'))
  const shell = readShell(report, layers.get('shell'))
  const shellArgs = readTexts(report, layers.get('shell_args'))
  const queue = readQueue(report, layers.get('queue'))
  const logDir = readText(report, layers.get('log_dir'))
  const retryPolicy = readDagRetryPolicy(report, layers.get('retry_policy'))
  const artifacts = readArtifacts(report, layers)
  const workerSelector = readWorkerSelector(report, layers.get('worker_selector'))
  const webhook = readWebhook(report, layers)
  const mail = readMail(report, layers)
  if (workingDir) out.workingDir = workingDir
  if (shell) out.shell = [...shell, ...shellArgs]
  if (queue) out.queue = queue
  if (logDir) out.logDir = logDir
  if (retryPolicy) out.retryPolicy = retryPolicy
  if (artifacts) out.artifacts = artifacts
  if (workerSelector !== undefined) out.workerSelector = workerSelector
  if (webhook) out.webhook = webhook
  if (mail) out.mail = mail
  return out
}

/** Artifacts are kept only where `enabled: true` is said. */
function readArtifacts(report: Report, layers: Layers): Root['artifacts'] {
  const fields = layers.block(report, 'artifacts', ARTIFACTS_KEYS)
  const enabledAt = fields.get('enabled') ?? layers.get('enable_artifact')
  const dirAt = fields.get('dir') ?? layers.get('artifact_dir')
  if (!enabledAt && !dirAt) return undefined
  const dir = readText(report, dirAt)
  return { enabled: readBoolean(report, enabledAt) ?? false, ...(dir ? { dir } : {}) }
}

function readWebhook(report: Report, layers: Layers): Root['webhook'] {
  const fields = readBlock(report, layers.get('webhook'), WEBHOOK_KEYS, 'webhook')
  if (!fields) return undefined
  const at = fields.map.get('forward_headers')
  const forwardHeaders = readTexts(report, at).map(name => name.trim().toLowerCase())
  if (at && forwardHeaders.includes('authorization'))
    badValue(report, at, 'must not name authorization: credentials are never forwarded')
  return { forwardHeaders }
}

function readRunConfig(report: Report, layers: Layers): Root['runConfig'] {
  const fields = layers.block(report, 'run_config', RUN_CONFIG_KEYS)
  return {
    disableParamEdit: readBoolean(report, fields.get('disable_param_edit')) ?? false,
    disableRunIdEdit: readBoolean(report, fields.get('disable_run_id_edit')) ?? false,
  }
}

const BLOCKS = {
  registry_auths: 'merge',
  ssh: 'replace',
  s3: 'merge',
  redis: 'merge',
  kubernetes: 'merge',
  llm: 'replace',
  harness: 'merge',
  otel: 'merge',
} as const

function readExecutorDefaults(report: Report, document: Document): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, how] of Object.entries(BLOCKS)) {
    const block = mergedBlock(report, document, key, how)
    if (block !== undefined) out[key] = block
  }
  readBlock(report, document.layers.get('otel'), OTEL_KEYS, 'otel')
  const llm = document.layers.get('llm')
  if (llm) checkLlm(report, llm)
  const container = document.layers.get('container')
  const block = container && readContainerBlock(report, container)
  if (block) out.container = block
  if (container && document.layers.get('ssh'))
    badValue(report, container, 'and "ssh" are mutually exclusive at the DAG level')
  return out
}
