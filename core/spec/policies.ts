// continue_on, retry_policy and repeat_policy of steps, and the DAG's own retry_policy.

import type { ContinueOn, DagRetryPolicy, RepeatPolicy, RetryPolicy } from './dag.ts'
import { CONTINUE_ON_KEYS, DAG_RETRY_KEYS, REPEAT_KEYS, RETRY_KEYS } from './fields.ts'
import { type Fields, readBlock } from './keys.ts'
import { child, type Field, isNull } from './node.ts'
import type { Report } from './report.ts'
import {
  badValue,
  readBackoff,
  readBoolean,
  readCount,
  readExitCodes,
  readInteger,
  readString,
  readText,
  readTexts,
  wrongType,
} from './values.ts'

/** `failed`, `skipped` or the object form. */
export function readContinueOn(report: Report, field: Field | undefined): ContinueOn | undefined {
  if (!field || isNull(field.node)) return undefined
  const none = { failure: false, skipped: false, exitCodes: [], output: [], markSuccess: false }
  if (field.node.kind === 'scalar') {
    const word = readText(report, field)?.trim().toLowerCase()
    if (word === 'failed' || word === 'failure') return { ...none, failure: true }
    if (word === 'skipped') return { ...none, skipped: true }
    return badValue(report, field, 'must be "failed", "skipped" or a map')
  }
  const fields = readBlock(report, field, CONTINUE_ON_KEYS, 'continue_on')
  if (!fields) return undefined
  return {
    failure: readBoolean(report, fields.map.get('failure')) ?? false,
    skipped: readBoolean(report, fields.map.get('skipped')) ?? false,
    exitCodes: readExitCodes(report, fields.map.get('exit_code')),
    output: readTexts(report, fields.map.get('output')),
    markSuccess: readBoolean(report, fields.map.get('mark_success')) ?? false,
  }
}

/** A step's policy: limit and interval_sec are required, numbers or text evaluated at run time. */
export function readRetryPolicy(report: Report, field: Field | undefined): RetryPolicy | undefined {
  const fields = readBlock(report, field, RETRY_KEYS, 'retry_policy')
  if (!fields) return undefined
  const limit = readCount(report, fields.map.get('limit'), 0)
  const intervalSec = readCount(report, fields.map.get('interval_sec'), 0)
  requireKey(report, fields, 'limit', 'retry_policy')
  requireKey(report, fields, 'interval_sec', 'retry_policy')
  const backoff = readBackoff(report, fields.map.get('backoff'))
  const maxIntervalSec = readInteger(report, fields.map.get('max_interval_sec'), 0)
  return {
    limit: limit ?? 0,
    intervalSec: intervalSec ?? 0,
    exitCodes: readExitCodes(report, fields.map.get('exit_code')),
    ...(backoff === undefined ? {} : { backoff }),
    ...(maxIntervalSec ? { maxIntervalSec } : {}),
  }
}

function requireKey(report: Report, fields: Fields, key: string, what: string): void {
  const field = fields.map.get(key)
  if (field && !isNull(field.node)) return
  report.error('dag.missing', child(fields.path, key), fields.node, `${what} needs ${key}`)
}

/** A step's repetition; `repeat: false`, or nothing that says when, is none. */
export function readRepeatPolicy(report: Report, field: Field | undefined): RepeatPolicy | undefined {
  const fields = readBlock(report, field, REPEAT_KEYS, 'repeat_policy')
  if (!fields) return undefined
  const condition = readString(report, fields.map.get('condition'))
  const expected = readText(report, fields.map.get('expected'))
  const exitCodes = readExitCodes(report, fields.map.get('exit_code'))
  const mode = readRepeatMode(report, fields, {
    hasTest: condition !== undefined || exitCodes.length > 0,
    condition,
    expected,
  })
  const backoff = readBackoff(report, fields.map.get('backoff'))
  const maxIntervalSec = readCount(report, fields.map.get('max_interval_sec'), 0)
  const limit = readCount(report, fields.map.get('limit'), 0)
  const intervalSec = readCount(report, fields.map.get('interval_sec'), 0) ?? 0
  if (mode === undefined) return undefined
  return {
    mode,
    exitCodes,
    intervalSec,
    ...(condition === undefined
      ? {}
      : { condition: { condition, negate: false, ...(expected === undefined ? {} : { expected }) } }),
    ...(backoff === undefined ? {} : { backoff }),
    ...(maxIntervalSec ? { maxIntervalSec } : {}),
    // 0 means no limit, as does absence.
    ...(limit ? { limit } : {}),
  }
}

function readRepeatMode(
  report: Report,
  fields: Fields,
  test: { hasTest: boolean; condition: string | undefined; expected: string | undefined },
): 'while' | 'until' | undefined {
  const field = fields.map.get('repeat')
  if (!field || isNull(field.node)) {
    if (test.condition !== undefined && test.expected !== undefined) return 'until'
    return test.hasTest ? 'while' : undefined
  }
  const value = field.node.kind === 'scalar' ? field.node.value : undefined
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value
  if (word === false || word === 'false') return undefined
  if (word === true || word === 'true') return 'while'
  if (word !== 'while' && word !== 'until') return wrongType(report, field, '"while", "until" or true')
  if (test.hasTest) return word
  const hint = 'repeat: true repeats without a test'
  report.error('dag.missing', field.path, field.node, `repeat: ${word} needs a condition or exit_code`, hint)
  return undefined
}

/** The DAG's own policy; a limit of 0 switches it off. */
export function readDagRetryPolicy(report: Report, field: Field | undefined): DagRetryPolicy | undefined {
  const fields = readBlock(report, field, DAG_RETRY_KEYS, 'retry_policy')
  if (!fields) return undefined
  requireKey(report, fields, 'limit', 'retry_policy')
  const limit = readInteger(report, fields.map.get('limit'), 0) ?? 0
  const intervalSec = readInteger(report, fields.map.get('interval_sec'), 1) ?? 60
  const backoff = readBackoff(report, fields.map.get('backoff'))
  const maxIntervalSec = readInteger(report, fields.map.get('max_interval_sec'), 1) ?? 3600
  if (limit === 0) return undefined
  return { limit, intervalSec, maxIntervalSec, ...(backoff === undefined ? {} : { backoff }) }
}
