// The description of the language: the YAML files beside this one, joined with the key tables that the loader reads by.
// Promise: a field that the loader knows and nobody described, or the other way round, is an error here.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as keys from '@edgedag/core/spec/fields'
import { parse } from 'yaml'

/** A name of a shape or a block, or a composition of such. */
export type Shape =
  | string
  | { words: string[] }
  | { integer: number }
  | { list: Shape }
  | { oneOrMore: Shape }
  | { either: Shape[] }
  | { mapOf: Shape }

export interface FieldDoc {
  is: Shape
  text: string
  /** What counts where the field is absent. */
  absent?: string
  /** A whole file in which the field stands (the steps may be left out). Blocks have one for all their fields. */
  example?: string
}

export interface Block {
  name: string
  text: string
  /** In the order of the key table. */
  fields: { key: string; names: string[]; doc: FieldDoc }[]
  example?: string
}

const TABLES: Record<string, keys.KeyTable> = {
  root: keys.ROOT_KEYS,
  step: keys.STEP_KEYS,
  defaults: keys.DEFAULTS_KEYS,
  schedule: keys.SCHEDULE_KEYS,
  concurrency: keys.CONCURRENCY_KEYS,
  schedule_entry: keys.SCHEDULE_ENTRY_KEYS,
  param: keys.PARAM_KEYS,
  secret: keys.SECRET_KEYS,
  condition: keys.CONDITION_KEYS,
  continue_on: keys.CONTINUE_ON_KEYS,
  retry_policy: keys.RETRY_KEYS,
  repeat_policy: keys.REPEAT_KEYS,
  dag_retry_policy: keys.DAG_RETRY_KEYS,
  exec: keys.EXEC_KEYS,
  executor: keys.EXECUTOR_KEYS,
  output: keys.OUTPUT_KEYS,
  output_source: keys.OUTPUT_SOURCE_KEYS,
  parallel: keys.PARALLEL_KEYS,
  approval: keys.APPROVAL_KEYS,
  handlers: keys.HANDLER_KEYS,
  mail_on: keys.MAIL_ON_KEYS,
  mail: keys.MAIL_KEYS,
  smtp: keys.SMTP_KEYS,
  artifacts: keys.ARTIFACTS_KEYS,
  run_config: keys.RUN_CONFIG_KEYS,
  webhook: keys.WEBHOOK_KEYS,
  container: keys.CONTAINER_KEYS,
  step_type: keys.STEP_TYPE_KEYS,
  harness_definition: keys.HARNESS_DEFINITION_KEYS,
  jq_settings: keys.JQ_KEYS,
  archive_settings: keys.ARCHIVE_KEYS,
  harness_settings: keys.HARNESS_KEYS,
  otel: keys.OTEL_KEYS,
}

interface BlockFile {
  text: string
  fields: Record<string, FieldDoc | { of: 'step' }>
  example?: string
}

const read = (name: string): unknown => parse(readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8'))

/** All blocks, root and step first. Throws where descriptions and key tables differ. */
export function readBlocks(): Block[] {
  const step = read('step') as Record<string, FieldDoc>
  const described: Record<string, BlockFile> = {
    root: { text: 'The fields of a DAG file.', fields: read('root') as Record<string, FieldDoc> },
    step: { text: 'The fields of a step.', fields: step },
    ...(read('blocks') as Record<string, BlockFile>),
  }
  refuseDifference('blocks', Object.keys(described), Object.keys(TABLES))
  return Object.entries(TABLES).map(([name, table]) => {
    const { text, fields, example } = described[name]!
    refuseDifference(name, Object.keys(fields), Object.keys(table))
    return {
      name,
      text,
      fields: Object.entries(table).map(([key, aliases]) => {
        const doc = fields[key]!
        return { key, names: namesOf(key, aliases), doc: 'of' in doc ? { ...step[key]! } : doc }
      }),
      ...(example === undefined ? {} : { example }),
    }
  })
}

/** Every other spelling that is accepted, e.g. of `timeout_sec` that of older files, `timeoutSec`. */
function namesOf(key: string, aliases: readonly string[]): string[] {
  const all = [key, ...aliases].flatMap(name => [name, keys.snakeToCamel(name)])
  return [...new Set(all)].filter(name => name !== key)
}

function refuseDifference(block: string, described: string[], known: string[]): void {
  const missing = known.filter(key => !described.includes(key))
  const stray = described.filter(key => !known.includes(key))
  if (missing.length + stray.length === 0) return
  throw new Error(
    `${block}: not described: ${missing.join(', ') || 'none'}; not a field: ${stray.join(', ') || 'none'}`,
  )
}
