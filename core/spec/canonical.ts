// Executor settings with one spelling, whatever the age of the file.

import { CONFIG_ALIASES } from './fields.ts'

/** Known camelCase spellings of executor settings become snake_case at any depth of maps; values are untouched. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [CONFIG_ALIASES[key] ?? key, canonical(inner)]))
}
