// Custom step types: declared once under step_types, expanded where a step names them.

import type { Field } from './node.ts'
import type { Report } from './report.ts'

export type CustomTypes = ReadonlyMap<string, Field>

export function readCustomTypes(_report: Report, fields: { key: string; field: Field }[]): CustomTypes {
  return new Map(fields.map(({ key, field }) => [key, field]))
}
