// Harnesses: the coding tools that a file defines itself (seed "Harness Configuration"), and the providers that its steps may name.

import { canonical } from './canonical.ts'
import { HARNESS_DEFINITION_KEYS } from './fields.ts'
import { PROVIDERS, RESERVED_PROVIDERS } from './harness-providers.ts'
import { entriesOf, isMapField, type Layers, nearest, readFields } from './keys.ts'
import { child, type Field, isNull, toJson } from './node.ts'
import type { Report } from './report.ts'
import { get, type StepSource } from './step-source.ts'
import { badValue, readText, readTexts, readWord, wrongType } from './values.ts'

/** Definitions by name: a stronger layer's replaces the whole one beneath it, null takes it away. */
export function readHarnesses(report: Report, layers: Layers): Record<string, unknown> | undefined {
  const blocks = layers.all('harnesses')
  if (blocks.length === 0) return undefined
  const definitions = new Map<string, unknown>()
  for (const block of blocks) {
    if (!isMapField(block)) {
      wrongType(report, block, 'a map of harness definitions')
      continue
    }
    for (const { key, field } of entriesOf(block)) {
      definitions.delete(key)
      if (isNull(field.node)) continue
      checkDefinition(report, key, field)
      definitions.set(key, canonical(toJson(field.node)))
    }
  }
  return Object.fromEntries(definitions)
}

function checkDefinition(report: Report, name: string, field: Field): void {
  if (RESERVED_PROVIDERS.has(name)) {
    const message = `harnesses: ${JSON.stringify(name)} is a builtin provider and cannot be defined`
    report.error('dag.bad_value', field.path, field.node, message, 'give it another name')
  }
  const { map } = readFields(report, field, HARNESS_DEFINITION_KEYS, 'a harness definition')
  if (!readText(report, map.get('binary'))?.trim())
    report.error('dag.missing', child(field.path, 'binary'), field.node, 'a harness definition needs a binary')
  readTexts(report, map.get('prefix_args'))
  readWord(report, map.get('prompt_position'), ['before_flags', 'after_flags'] as const)
  readWord(report, map.get('flag_style'), ['gnu_long', 'single_dash'] as const)
  const flags = map.get('option_flags')
  if (flags && !isNull(flags.node) && !isMapField(flags)) wrongType(report, flags, 'a map of option to flag')
  checkPrompt(report, map, field)
}

function checkPrompt(report: Report, map: ReadonlyMap<string, Field>, field: Field): void {
  const mode = readWord(report, map.get('prompt_mode'), ['arg', 'flag', 'stdin'] as const)
  const at = map.get('prompt_flag')
  const flag = readText(report, at)?.trim()
  if (mode === 'flag' && !flag)
    report.error('dag.missing', child(field.path, 'prompt_flag'), field.node, 'prompt_mode flag needs a prompt_flag')
  if (mode !== 'flag' && at && flag) badValue(report, at, 'is only for prompt_mode flag')
}

interface Harnesses {
  /** Names of the file's own definitions. */
  defined: ReadonlySet<string>
  /** The file's `harness` block. */
  defaults: Readonly<Record<string, unknown>>
}

/** A step's settings over those of the file, key by key. Their providers must be known, and other values must be such as become flags. */
export function harnessSettings(
  report: Report,
  source: StepSource,
  own: Record<string, unknown>,
  { defined, defaults }: Harnesses,
): Record<string, unknown> {
  const at = get(source, 'with') ?? get(source, 'config') ?? { node: source.own.node, path: source.own.path }
  const config = { ...defaults, ...own }
  const { fallback = [] } = config
  if (!Array.isArray(fallback)) badValue(report, at, 'has a fallback that is no list of settings')
  for (const entry of [config, ...(Array.isArray(fallback) ? (fallback as unknown[]) : [])]) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      wrongType(report, at, 'settings, and fallback a list of such')
    else checkProvider(report, at, entry as Record<string, unknown>, defined)
  }
  return config
}

function checkProvider(
  report: Report,
  at: Field,
  settings: Record<string, unknown>,
  defined: ReadonlySet<string>,
): void {
  const { provider } = settings
  const path = child(at.path, 'provider')
  const known = [...Object.keys(PROVIDERS), ...defined]
  if (provider === undefined || provider === null || provider === '')
    report.error('dag.missing', path, at.node, 'a harness needs a provider', 'the name of a tool, such as claude')
  else if (typeof provider !== 'string') report.error('dag.bad_type', path, at.node, 'provider must be a name')
  else if (!/[$`]/.test(provider) && !known.includes(provider)) {
    const hint = nearest(provider, known) ?? 'define it under harnesses'
    report.error('dag.bad_value', path, at.node, `unknown provider ${JSON.stringify(provider)}`, hint)
  }
  for (const [key, value] of Object.entries(settings)) {
    if (key === 'fallback') continue
    const isMap = (item: unknown) => typeof item === 'object' && item !== null
    if (Array.isArray(value) ? value.some(isMap) : isMap(value))
      report.error(
        'dag.bad_type',
        child(at.path, key),
        at.node,
        `${key} becomes a flag: it must be text, a number, true, false or a list of such`,
      )
  }
}
