// Environment entries, preconditions, labels and secrets: the small lists that DAGs and steps are made of.

import type { Condition, EnvEntry, SecretRef } from './dag.ts'
import { CONDITION_KEYS, SECRET_KEYS } from './fields.ts'
import { entriesOf, isMapField, readBlock } from './keys.ts'
import { child, elements, type Field, isNull, toText } from './node.ts'
import type { Report } from './report.ts'
import { badValue, readBoolean, readString, readText, readTexts, wrongType } from './values.ts'

const ENV_HINT = 'write "- NAME: value" or "- NAME=value"'

/** A map, a list of maps, a list of `K=V` texts, or one such text; order is kept. */
export function readEnv(report: Report, field: Field | undefined): EnvEntry[] {
  if (!field || isNull(field.node)) return []
  return elements(field).flatMap(item => (isMapField(item) ? envOfMap(report, item) : envOfText(report, item)))
}

function envOfMap(report: Report, field: Field): EnvEntry[] {
  if (!isMapField(field)) return []
  return entriesOf(field).flatMap(({ key, field: value, keyOffset }) => {
    const place = { source: field.node.source, offset: keyOffset }
    if (key === '' || key.includes('=')) {
      report.error('dag.bad_value', value.path, place, `env: ${JSON.stringify(key)} is not a variable name`)
      return []
    }
    if (value.node.kind !== 'scalar') return wrongType(report, value, 'text', 'a variable holds text; quote JSON') ?? []
    return [{ name: key, value: value.node.text }]
  })
}

function envOfText(report: Report, field: Field): EnvEntry[] {
  if (isNull(field.node)) return []
  const text = readText(report, field)
  if (text === undefined) return []
  const at = text.indexOf('=')
  if (at <= 0)
    return badValue(report, { ...field, path: field.path }, 'must be key=value: it is no env entry', ENV_HINT) ?? []
  return [{ name: text.slice(0, at).trim(), value: text.slice(at + 1) }]
}

/** A command, a `{condition, expected, negate}` or a list of those. */
export function readConditions(report: Report, field: Field | undefined): Condition[] {
  if (!field || isNull(field.node)) return []
  return elements(field).flatMap(item => readCondition(report, item) ?? [])
}

function readCondition(report: Report, field: Field): Condition | undefined {
  if (field.node.kind !== 'map') {
    const condition = readString(report, field)
    if (condition === undefined) return undefined
    if (condition.trim() === '') return badValue(report, field, 'must not be empty')
    return { condition, negate: false }
  }
  const fields = readBlock(report, field, CONDITION_KEYS, 'a precondition')
  const at = fields?.map.get('condition')
  const condition = readString(report, at)
  const expected = readText(report, fields?.map.get('expected'))
  const negate = readBoolean(report, fields?.map.get('negate')) ?? false
  if (condition === undefined) {
    if (!at) report.error('dag.missing', child(field.path, 'condition'), field.node, 'a precondition needs a condition')
    return undefined
  }
  return { condition, negate, ...(expected === undefined ? {} : { expected }) }
}

/** Labels in every form (`a,b`, `k=v k2=v2`, map, list), lower-cased, without repeats. */
export function readLabels(report: Report, field: Field | undefined): string[] {
  if (!field || isNull(field.node)) return []
  const labels = elements(field).flatMap(item => {
    if (isMapField(item)) {
      return entriesOf(item).map(entry => {
        const value = toText(entry.field.node)
        return value === '' ? entry.key : `${entry.key}=${value}`
      })
    }
    const text = readText(report, item) ?? ''
    if (field.node.kind === 'seq') return [text]
    return text.includes(',') ? text.split(',') : text.includes('=') ? text.split(/\s+/) : [text]
  })
  return cleanLabels(labels)
}

/** Labels as all of them are kept, of a file and of a start alike. */
export function cleanLabels(labels: readonly string[]): string[] {
  const clean = labels.map(label => label.trim().toLowerCase()).filter(Boolean)
  return [...new Set(clean)]
}

/** Secret references; names are unique and never one of the run's own variables. */
export function readSecrets(report: Report, fieldsOfLayers: Field[]): SecretRef[] {
  const secrets = new Map<string, SecretRef>()
  for (const field of fieldsOfLayers) {
    const own = new Set<string>()
    for (const item of elements(field)) {
      const secret = readSecret(report, item)
      if (!secret) continue
      if (own.has(secret.name)) badValue(report, item, `has a duplicate secret name ${JSON.stringify(secret.name)}`)
      own.add(secret.name)
      secrets.set(secret.name, secret)
    }
  }
  return [...secrets.values()]
}

function readSecret(report: Report, field: Field): SecretRef | undefined {
  const fields = readBlock(report, field, SECRET_KEYS, 'a secret')
  if (!fields) return undefined
  const text = (key: string) => readText(report, fields.map.get(key))?.trim() || undefined
  const [name, provider, key, ref] = [text('name'), text('provider'), text('key'), text('ref')]
  const missing =
    name === undefined ? 'name' : ref !== undefined ? undefined : !provider ? 'provider' : !key ? 'key' : undefined
  if (missing !== undefined || name === undefined) {
    report.error(
      'dag.missing',
      child(field.path, missing ?? 'name'),
      field.node,
      `a secret needs a ${missing ?? 'name'}`,
    )
    return undefined
  }
  if (/^(DAG_|DAGU_)/i.test(name))
    return badValue(report, field, `must not set ${name}: DAG_* variables belong to the run`)
  const options = readOptions(report, fields.map.get('options'))
  return { name, options, ...(provider ? { provider } : {}), ...(key ? { key } : {}), ...(ref ? { ref } : {}) }
}

/** Options of a provider: values must have been written as text. */
function readOptions(report: Report, field: Field | undefined): Record<string, string> {
  if (!field || isNull(field.node)) return {}
  if (!isMapField(field)) return wrongType(report, field, 'a map') ?? {}
  return Object.fromEntries(entriesOf(field).map(({ key, field: at }) => [key, readString(report, at) ?? '']))
}

/** `[".env"]` where nothing is said, `[]` where a list is empty, else `.env` and the named files, weakest first. */
export function readDotenv(report: Report, fieldsOfLayers: Field[]): string[] {
  if (fieldsOfLayers.length === 0) return ['.env']
  const files = fieldsOfLayers.flatMap(field => readTexts(report, field)).filter(file => file.trim() !== '')
  const last = fieldsOfLayers.at(-1)
  if (last?.node.kind === 'seq' && last.node.items.length === 0) return []
  return [...new Set(['.env', ...files])]
}
