// Fields without effect: those that lack what they work with, and those that the reference passes over, so that a file behaves
// differently there.

import { ARTIFACTS_KEYS, CONTINUE_ON_KEYS, DAG_RETRY_KEYS, REPEAT_KEYS, RETRY_KEYS } from './fields.ts'
import { type Fields, isMapField, readBlock } from './keys.ts'
import type { LintDocument, LintStep } from './lint.ts'
import { isNull } from './node.ts'
import { Report } from './report.ts'
import { NOT_EXECUTED } from './step-type-table.ts'

export function lintFields(report: Report, document: LintDocument): void {
  lintRoot(report, document)
  for (const step of document.steps) {
    lintType(report, step, document)
    lintPolicies(report, step.at)
    lintStep(report, step, document)
    if (step.handler !== undefined) lintHandler(report, step)
  }
}

const said = (fields: Fields, key: string) => {
  const field = fields.map.get(key)
  return field && !isNull(field.node) ? field : undefined
}

/** Warns that a field has no effect, and why; nothing where it is not written. */
function useless(report: Report, fields: Fields, key: string, why: string, hint?: string): void {
  const field = said(fields, key)
  if (field) report.warn('lint.no_effect', field.path, field.node, `${key} has no effect: ${why}`, hint)
}

/** Where a step's type is said: by itself, else by what stands in the DAG. */
const TYPE_FIELDS = ['type', 'action', 'executor', 'container', 'ssh', 'harness']

function lintType(report: Report, { step, at }: LintStep, { own }: LintDocument): void {
  const instead = NOT_EXECUTED.get(step.type)
  if (instead === undefined) return
  const [field] = [at, own].flatMap(fields => TYPE_FIELDS.flatMap(key => said(fields, key) ?? []))
  const [place] = field ? [field] : at.map.values()
  if (place)
    report.warn(
      'lint.not_executed',
      place.path,
      place.node,
      `no runner executes steps of type ${step.type} yet: it will fail`,
      instead,
    )
}

function lintRoot(report: Report, { own, dag, isRoot }: LintDocument): void {
  if (!isRoot) {
    const why = 'this document is started by a call only'
    for (const key of [
      'schedule',
      'catchup_window',
      'overlap_policy',
      'skip_if_successful',
      'restart_wait_sec',
      'queue',
      'webhook',
    ])
      useless(report, own, key, why)
    return
  }
  const { start, restart } = dag.schedule
  if (start.length === 0) {
    for (const key of ['catchup_window', 'skip_if_successful']) useless(report, own, key, 'there is no schedule')
  }
  if (dag.catchupWindowSec === undefined)
    useless(report, own, 'overlap_policy', 'it is for runs that are caught up', 'set catchup_window')
  if (restart.length === 0)
    useless(
      report,
      own,
      'restart_wait_sec',
      'the schedule restarts nothing; only `edgedag restart` waits so long',
      'set schedule.restart',
    )
  if (dag.queue === undefined && dag.maxActiveRuns !== 1)
    useless(
      report,
      own,
      'max_active_runs',
      "it is deprecated, a DAG's own queue runs one at a time",
      'set queue to a global queue',
    )
  if (dag.type === 'chain')
    useless(report, own, 'max_active_steps', 'a chain runs one step at a time', 'set type: graph')
  if (dag.artifacts && !dag.artifacts.enabled) {
    const written = block(own, 'artifacts', ARTIFACTS_KEYS)
    const isOff = said(own, 'enable_artifact') ?? (written && said(written, 'enabled'))
    const field = isOff ? undefined : (said(own, 'artifact_dir') ?? said(own, 'artifacts'))
    const message = 'no artifacts are kept: they are not enabled'
    if (field) report.warn('lint.no_effect', field.path, field.node, message, 'set artifacts.enabled: true')
  }
  lintMail(report, own, dag.mail)
  lintBackoff(report, own, 'retry_policy', DAG_RETRY_KEYS)
}

function lintMail(report: Report, own: Fields, mail: LintDocument['dag']['mail']): void {
  for (const key of ['error_mail', 'info_mail', 'wait_mail'])
    if (!mail?.smtp) useless(report, own, key, 'no mail server is set', 'set smtp')
  const on = said(own, 'mail_on')
  if (!on || !mail) return
  const pairs = [
    ['failure', 'error_mail', mail.error],
    ['success', 'info_mail', mail.info],
    ['wait', 'wait_mail', mail.wait],
  ] as const
  for (const [key, block, settings] of pairs) {
    if (!mail.on[key] || settings) continue
    report.warn('lint.no_effect', `${on.path}.${key}`, on.node, `mail_on.${key} has no effect: there is no ${block}`)
  }
}

function lintStep(report: Report, { step, at }: LintStep, { dag }: LintDocument): void {
  const shell = step.shell ?? dag.shell ?? []
  if (!/nix-shell/.test(shell[0] ?? ''))
    useless(report, at, 'shell_packages', 'the shell is not nix-shell', 'set shell: nix-shell')
  if (step.mailOnError && !(dag.mail?.error && dag.mail.smtp))
    useless(report, at, 'mail_on_error', 'the DAG has no error_mail, or no smtp')
}

function lintPolicies(report: Report, at: Fields): void {
  lintBackoff(report, at, 'retry_policy', RETRY_KEYS)
  lintBackoff(report, at, 'repeat_policy', REPEAT_KEYS)
  const repeat = block(at, 'repeat_policy', REPEAT_KEYS)
  if (repeat && !['repeat', 'condition', 'exit_code'].some(key => said(repeat, key)))
    useless(report, at, 'repeat_policy', 'it does not say when to repeat', 'set repeat: while or until')
  if (repeat && !said(repeat, 'condition')) useless(report, repeat, 'expected', 'there is no condition')
  const continueOn = block(at, 'continue_on', CONTINUE_ON_KEYS)
  if (continueOn && !['failure', 'skipped', 'exit_code', 'output'].some(key => said(continueOn, key)))
    useless(report, continueOn, 'mark_success', 'continue_on says of no failure that it may pass', 'set failure: true')
}

function lintBackoff(report: Report, at: Fields, key: string, keys: Parameters<typeof readBlock>[2]): void {
  const policy = block(at, key, keys)
  // One that is shorter than the interval shortens it.
  if (
    policy &&
    !said(policy, 'backoff') &&
    !(numberIn(policy, 'max_interval_sec') < numberIn(policy, 'interval_sec', DEFAULT_INTERVAL_SEC))
  )
    useless(report, policy, 'max_interval_sec', 'the interval does not grow', 'set backoff')
}

/** Of a DAG's retry policy. */
const DEFAULT_INTERVAL_SEC = 60

/** A number that is written, also as text; Infinity for one that is worked out at run time. */
function numberIn(fields: Fields, key: string, otherwise = Number.POSITIVE_INFINITY): number {
  const node = said(fields, key)?.node
  if (node === undefined) return otherwise
  const value = node?.kind === 'scalar' && node.value !== '' ? Number(node.value) : Number.NaN
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value
}

/** The fields of a block that was read without a problem before. */
function block(at: Fields, key: string, keys: Parameters<typeof readBlock>[2]): Fields | undefined {
  const field = said(at, key)
  return field && isMapField(field) ? readBlock(new Report(), field, keys, key) : undefined
}

function lintHandler(report: Report, { at }: LintStep): void {
  for (const key of ['env', 'retry_policy', 'repeat_policy', 'continue_on']) {
    const field = said(at, key)
    const message = `${key} of a handler counts here, while Dagu ignores it`
    if (field) report.warn('lint.ignored_elsewhere', field.path, field.node, message)
  }
}
