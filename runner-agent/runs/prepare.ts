// The head of a run's first plan: its scope is evaluated on this host, once, and its preconditions are asked.
import { join } from 'node:path'
import { evaluateDagConditions } from '@edgedag/core/expr/dag-conditions'
import { paramsInput } from '@edgedag/core/expr/params-input'
import type { Ports } from '@edgedag/core/expr/ports'
import { prepareRunScope, type RunScope, secretsOf } from '@edgedag/core/expr/run-scope'
import { scheduleVariables } from '@edgedag/core/expr/special-variables'
import type { ConditionResult } from '@edgedag/core/protocol/frames'
import { maskOf } from '@edgedag/core/redact/mask'
import { err, ok, type Problem, type Result } from '@edgedag/core/result'
import { workspaceOfLabels } from '@edgedag/core/spec/workspace'
import { openOutputs } from '@edgedag/core/vault/open-outputs'
import { type AttemptSecrets, secretValues } from '@edgedag/core/vault/resolved'
import { fetchAttemptSecrets, NO_SECRETS, needsSecrets } from '../secrets/attempt-secrets.ts'
import { secretsResolver, whereKept } from '../secrets/resolver.ts'
import { openParams } from '../secrets/sealed-params.ts'
import { makeFolder } from '../state/make-folder.ts'
import type { Interruption } from './interruption.ts'
import { webhookVariables } from './webhook-payload.ts'
import { conditionResults, type RunWorld } from './world.ts'

export interface Prepared {
  scope: RunScope
  given: AttemptSecrets
  conditions: ConditionResult[]
  met: boolean
}

/**
 * Evaluates the run scope and asks the preconditions. Problems fail the run before any step. So do faults of our own: a preparation that
 * is lost would be asked for again, without end.
 */
export const prepareRun = (world: RunWorld, ports: Ports, interruption: Interruption): Promise<Result<Prepared>> =>
  prepare(world, ports, interruption).catch(error => {
    world.host.log('error', 'a run could not be prepared', { run: world.context.runId, error: String(error?.stack) })
    return err([{ code: 'run.prepare', message: `fault of the agent: ${(error as Error).message}` }])
  })

const prepare = async (world: RunWorld, ports: Ports, interruption: Interruption): Promise<Result<Prepared>> => {
  const { host, context } = world
  const asked = needsSecrets(context, world.dag)
    ? await fetchAttemptSecrets(host, context, interruption)
    : ok(NO_SECRETS)
  if (!asked.ok) return err([{ code: 'run.secrets', message: asked.error }])
  const given = asked.value
  const dag = { ...world.dag, secrets: whereKept(world.dag.secrets, given) }
  // What is said of problems from here on may quote a value.
  world.mask = maskOf(secretValues(given))
  const opened = openParams(context, given, host.hostKey)
  if (!opened.ok) return err([{ code: 'run.params', message: opened.error }])
  const masked = [...opened.value.secrets, ...openOutputs(given, host.hostKey).secrets]
  if (masked.length > 0) world.mask = maskOf([...secretValues(given), ...masked])
  const params = paramsInput(dag, opened.value.params)
  if (!params.ok) return params
  await host.docsFresh()
  const folder = makeArtifactsDir(world)
  if (!folder.ok) return folder
  const webhook = await webhookVariables(host, context)
  if (!webhook.ok) return webhook
  const scope = await prepareRunScope(dag, {
    hostEnv: host.hostEnv,
    passthrough: host.passthrough,
    params: params.value,
    runVars: { ...runVariables(world), ...webhook.value },
    ports,
    secretsResolver: secretsResolver(host, given, interruption),
    masked,
    defaults: given.defaults,
    profile: given.profile?.entries ?? [],
    ...(context.source === undefined ? {} : { sourceDir: context.source.dir }),
    ...(context.parentWorkingDir === undefined ? {} : { parentWorkingDir: context.parentWorkingDir }),
  })
  if (!scope.ok) return scope
  const outcome = await evaluateDagConditions(dag, scope.value, ports)
  return ok({
    scope: scope.value,
    given,
    conditions: conditionResults(outcome.results, maskOf(secretsOf(scope.value.data))),
    met: outcome.met,
  })
}

/** What was taken from the profile, by name: for the run's history. */
export const profileRead = ({ profile }: AttemptSecrets) => {
  if (profile === undefined) return {}
  const entries = profile.entries.map(({ key, secret }) => ({
    key,
    kind: secret ? ('secret' as const) : ('variable' as const),
  }))
  return { profile: { resolvedAt: profile.resolvedAt, entries } }
}

/** Steps write into it right away: it must be there. */
const makeArtifactsDir = ({ artifactsDir }: RunWorld): Result<null> => {
  if (artifactsDir === undefined) return ok(null)
  try {
    makeFolder(artifactsDir)
    return ok(null)
  } catch (error) {
    const message = `the artifacts directory ${artifactsDir} cannot be made: ${(error as Error).message}`
    return err([
      { code: 'artifacts.dir', message, path: 'artifacts.dir', hint: 'Choose a folder that the agent may write to.' },
    ])
  }
}

const runVariables = ({ host, dag, context, paths, artifactsDir }: RunWorld): Record<string, string> => ({
  DAG_NAME: dag.name,
  DAG_RUN_ID: context.runId,
  ...scheduleVariables(context),
  DAG_RUN_LOG_FILE: paths.logFile,
  DAG_RUN_WORK_DIR: paths.workDir,
  ...(artifactsDir === undefined ? {} : { DAG_RUN_ARTIFACTS_DIR: artifactsDir }),
  ...(host.docsDir === undefined
    ? {}
    : { DAG_DOCS_DIR: join(host.docsDir, workspaceOfLabels(dag.labels) ?? '', dag.name) }),
})

/** Problems as one text for a run's error, each with the field that it is about. */
export const problemText = (problems: readonly Problem[]): string =>
  problems
    .map(({ message, path }) => (path === undefined || message.includes(path) ? message : `${path}: ${message}`))
    .join('; ')
