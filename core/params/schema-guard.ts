// Schemas come from whoever may write or try a DAG, and a schema is a program: `^(a+)+$` or a chain of `$ref` that doubles would run
// for hours. Promise: checking a value against a guarded schema is bounded work, or an error that says so; patterns are RE2.
import { schemaArrayKeyword, schemaMapKeyword } from '@cfworker/json-schema'
import { RE2JS } from 're2js'

type Json = Record<string, unknown>

/** Schemas visited, with the entries of their lists and maps; about a microsecond each. */
const MOST_WORK = 2_000_000
/** Characters matched, weighted by the size of the pattern's program. */
const MOST_MATCHING = 20_000_000
/** Size of a program that costs as much again as a small one. */
const PROGRAM_UNIT = 32
/** Comparing every item with every other: pairs that make one unit of work. */
const PAIRS_IN_UNIT = 100

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Words of JSON Schema below which there is data, not schemas. */
const DATA = new Set(['enum', 'const', 'default', 'examples'])

interface Facts {
  /** Texts and names of properties. */
  texts: ReadonlySet<string>
  chars: number
  longestList: number
}

/**
 * A copy of the schema for checking this very value: each pattern stands for exactly those texts of the value that it matches.
 * @throws Error that says what is wrong, now (a pattern that is none) or while the value is checked (too much work)
 */
export function guardSchema(schema: Json, value: unknown): Json {
  const facts = factsOf(value)
  const sources = new Map<string, string>()
  let matching = 0
  let work = 0
  const spend = (units: number): void => {
    work += units
    if (work > MOST_WORK) throw new Error('it takes too many steps to check the value against it')
  }
  const literal = (pattern: string): string => {
    const known = sources.get(pattern)
    if (known !== undefined) return known
    const program = compile(pattern)
    matching += facts.chars * (1 + program.programSize() / PROGRAM_UNIT)
    if (matching > MOST_MATCHING) throw new Error('its patterns are too many, or the value is too long for them')
    const matched = [...facts.texts].filter(text => program.matcher(text).find())
    const source = matched.length === 0 ? '[]' : `^(?:${matched.map(escapeText).join('|')})$`
    sources.set(pattern, source)
    return source
  }
  const copyMap = (map: Json, copy: (schema: unknown) => unknown): Json =>
    Object.fromEntries(Object.entries(map).map(([name, each]) => [name, copy(each)]))
  const copyEntry = ([key, each]: [string, unknown]): [string, unknown] => {
    if (DATA.has(key)) return [key, each]
    if (key === 'pattern' && typeof each === 'string') return [key, literal(each)]
    // Its pattern for addresses takes exponential time; `uri` is the standard's word.
    if (key === 'format' && each === 'url') return [key, 'uri']
    if (key === 'patternProperties' && isObject(each)) return [key, copyPatterns(each)]
    if (Array.isArray(each)) return [key, Object.hasOwn(schemaArrayKeyword, key) ? each.map(copySchema) : each]
    if (!isObject(each)) return [key, each]
    return [key, Object.hasOwn(schemaMapKeyword, key) ? copyMap(each, copySchema) : copySchema(each)]
  }
  /** Two patterns may match the same names: then a value has to satisfy both schemas. */
  const copyPatterns = (map: Json): Json => {
    const bySource = new Map<string, unknown[]>()
    for (const [pattern, each] of Object.entries(map)) {
      const source = literal(pattern)
      bySource.set(source, [...(bySource.get(source) ?? []), copySchema(each)])
    }
    return Object.fromEntries(
      [...bySource].map(([source, all]) => [source, all.length === 1 ? all[0] : { allOf: all }]),
    )
  }
  const copySchema = (each: unknown): unknown => {
    if (!isObject(each)) return each
    const copy = Object.fromEntries(Object.entries(each).map(copyEntry))
    const { $ref } = each
    if ($ref !== undefined && typeof $ref !== 'string') return copy
    const weight = weightOf(each, facts)
    // The validator asks each schema that it comes to for its `$ref`: there it is counted.
    return Object.defineProperty(copy, '$ref', {
      enumerable: false,
      get: () => {
        spend(weight)
        return $ref
      },
    })
  }
  return copySchema(schema) as Json
}

function weightOf(schema: Json, { longestList }: Facts): number {
  let weight = 1
  for (const each of Object.values(schema)) {
    if (Array.isArray(each)) weight += each.length
    else if (isObject(each)) weight += Object.keys(each).length
  }
  return schema.uniqueItems === true ? weight + longestList ** 2 / PAIRS_IN_UNIT : weight
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`"${pattern.slice(0, 200)}" is no regular expression (RE2): ${why}`)
  }
}

/** For a pattern with the flag `u`, which knows no other escapes. */
const escapeText = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

function factsOf(value: unknown): Facts {
  const texts = new Set<string>()
  let longestList = 0
  const open: unknown[] = [value]
  while (open.length > 0) {
    const each = open.pop()
    if (typeof each === 'string') texts.add(each)
    else if (Array.isArray(each)) {
      longestList = Math.max(longestList, each.length)
      for (const item of each) open.push(item)
    } else if (isObject(each)) {
      for (const [name, inner] of Object.entries(each)) {
        texts.add(name)
        open.push(inner)
      }
    }
  }
  let chars = 0
  for (const text of texts) chars += text.length + 1
  return { texts, chars, longestList }
}
