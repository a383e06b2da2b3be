// Harnesses: the coding tools that a file defines itself (seed "Harness Configuration"), and the providers that its steps may name.

import { canonical } from './canonical.ts'
import { HARNESS_DEFINITION_KEYS } from './fields.ts'
import { entriesOf, isMapField, type Layers, nearest, readFields } from './keys.ts'
import { child, type Field, isNull, toJson } from './node.ts'
import type { Report } from './report.ts'
import { get, type StepSource } from './step-source.ts'
import { badValue, readText, readTexts, readWord, wrongType } from './values.ts'

/** Names that no definition may take. Providers that came later may be defined by a file, which then goes before. */
const RESERVED = new Set('claude codex copilot opencode pi'.split(' '))
const BUILTIN = new Set([...RESERVED, ...'gemini cursor cline aider qwen goose kiro droid amp deepseek'.split(' ')])

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
  if (RESERVED.has(name)) {
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

/** A literal provider must be builtin or defined in the file; `fallback` entries too. */
export function checkHarness(
  report: Report,
  source: StepSource,
  config: Record<string, unknown>,
  defined: ReadonlySet<string>,
): void {
  const fallback = Array.isArray(config.fallback) ? (config.fallback as unknown[]) : []
  for (const entry of [config, ...fallback]) {
    const provider = typeof entry === 'object' && entry !== null && 'provider' in entry ? entry.provider : undefined
    if (typeof provider !== 'string' || /[$`]/.test(provider) || BUILTIN.has(provider) || defined.has(provider))
      continue
    const at = get(source, 'with') ?? get(source, 'config') ?? { node: source.own.node, path: source.own.path }
    const hint = nearest(provider, [...BUILTIN, ...defined]) ?? 'define it under harnesses'
    const message = `unknown provider ${JSON.stringify(provider)}`
    report.error('dag.bad_value', child(at.path, 'provider'), at.node, message, hint)
  }
}
