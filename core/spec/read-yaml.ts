// Bounded YAML: any text gives either documents or problems with line and column, in bounded time and memory.
// Size, depth, node count and alias growth are checked before or while the tree is built, never after.

import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml'
import { err, ok, type Result } from '../result.ts'
import { type MapEntry, type MapNode, newSource, type Source, type YamlNode } from './node.ts'
import { Report } from './report.ts'

export const YAML_LIMITS = { bytes: 1_000_000, depth: 64, lexemes: 400_000, nodes: 200_000, documents: 200, errors: 20 }

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** Reads a stream of documents; empty ones are left out. `label` names a text that is not the DAG file itself. */
export function readYaml(text: string, label?: string): Result<YamlNode[]> {
  const report = new Report()
  const source = newSource(text.length > YAML_LIMITS.bytes ? '' : text, label)
  const origin = { source, offset: 0 }
  if (utf8Length(text) > YAML_LIMITS.bytes) {
    report.error(
      'yaml.too_large',
      '',
      origin,
      `the text is larger than ${YAML_LIMITS.bytes} bytes`,
      'split it into several DAG files',
    )
    return err(report.problems)
  }
  const tokens = tokenize(text, source, report)
  if (!tokens) return err(report.problems)
  const documents: YamlNode[] = []
  for (const document of compose(tokens, source, report)) {
    if (report.failed) break
    const node = new Builder(source, report).build(document)
    if (node) documents.push(node)
    if (documents.length > YAML_LIMITS.documents) {
      report.error('yaml.too_many_documents', '', origin, `more than ${YAML_LIMITS.documents} documents in one file`)
    }
  }
  return report.failed ? err(report.problems) : ok(documents)
}

function utf8Length(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit < 0xe000 ? 2 : 3
  }
  return bytes
}

type Token = Parameters<Composer['next']>[0]
type Composed = ReturnType<Composer['next']> extends Generator<infer D, void> ? D : never

/** Runs the parser lexeme by lexeme: a text that nests too deep or is made of crumbs is refused before anything recursive sees it. */
function tokenize(text: string, source: Source, report: Report): Token[] | undefined {
  const parser = new Parser()
  const tokens: Token[] = []
  let offset = 0
  let lexemes = 0
  let documents = 0
  let errors = 0
  const refuse = (code: string, message: string, hint?: string): undefined =>
    report.error(code, '', { source, offset }, message, hint) as undefined
  try {
    for (const lexeme of new Lexer().lex(text)) {
      for (const token of parser.next(lexeme)) {
        if (token.type === 'document') documents++
        if (token.type !== 'error' || errors++ < YAML_LIMITS.errors) tokens.push(token)
      }
      // A level of a block map or list takes one entry of the stack, a document one.
      if (parser.stack.length > YAML_LIMITS.depth + 2) {
        return refuse(
          'yaml.too_deep',
          `nested deeper than ${YAML_LIMITS.depth} levels`,
          'move the inner part into a sub-DAG',
        )
      }
      if (++lexemes > YAML_LIMITS.lexemes)
        return refuse('yaml.too_large', 'the text has too many elements', 'split it into several DAG files')
      if (documents > YAML_LIMITS.documents) {
        return refuse('yaml.too_many_documents', `more than ${YAML_LIMITS.documents} documents in one file`)
      }
      offset = parser.offset
    }
    for (const token of parser.end()) tokens.push(token)
  } catch (error) {
    return refuse('yaml.syntax', `cannot be read as YAML: ${messageOf(error)}`)
  }
  return tokens
}

type ErrorHook = (
  at: number | [number, number] | { offset: number },
  code: string,
  message: string,
  warning?: boolean,
) => void

/** Thrown by our own error hook to stop the composer, which would go on collecting for ever. */
class TooManyErrors extends Error {}

function* compose(tokens: Token[], source: Source, report: Report): Generator<Composed> {
  // `uniqueKeys` compares every pair of keys; the builder has its own, linear check.
  const composer = new Composer({
    uniqueKeys: false,
    prettyErrors: false,
    resolveKnownTags: false,
    keepSourceTokens: false,
  })
  let errors = 0
  // A private member: the library itself has no limit on errors.
  const hooked = composer as unknown as { onError: ErrorHook }
  hooked.onError = (at, code, message, warning) => {
    if (warning) return
    const offset = typeof at === 'number' ? at : Array.isArray(at) ? at[0] : at.offset
    report.error('yaml.syntax', '', { source, offset }, message.split('\n')[0] ?? message, SYNTAX_HINTS[code])
    if (++errors >= YAML_LIMITS.errors) throw new TooManyErrors()
  }
  try {
    for (const document of composer.compose(tokens)) {
      // Errors that were found while a document was put together are in it, not in the hook.
      for (const error of document.errors.slice(0, YAML_LIMITS.errors)) {
        report.error(
          'yaml.syntax',
          '',
          { source, offset: error.pos[0] },
          error.message.split('\n')[0] ?? '',
          SYNTAX_HINTS[error.code],
        )
      }
      yield document
    }
  } catch (error) {
    if (!(error instanceof TooManyErrors))
      report.error('yaml.syntax', '', { source, offset: 0 }, `cannot be read as YAML: ${messageOf(error)}`)
  }
}

const SYNTAX_HINTS: Record<string, string> = {
  TAB_AS_INDENT: 'indent with spaces, not tabs',
  BLOCK_AS_IMPLICIT_KEY: 'quote a value that holds ": "',
  MULTILINE_IMPLICIT_KEY: 'a ":" or a quote may be missing on the line before',
  BAD_INDENT: 'align the keys of a map and the dashes of a list',
  MISSING_CHAR: 'a bracket, comma or quote is missing',
  BAD_ALIAS: 'quote a value that starts with *',
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Turns a composed document into our tree: aliases resolved and counted, keys checked, merge keys applied. */
class Builder {
  #anchors = new Map<string, YamlNode | 'open'>()
  #source: Source
  #report: Report

  constructor(source: Source, report: Report) {
    this.#source = source
    this.#report = report
  }

  build(document: Composed): YamlNode | undefined {
    if (document.contents === null) return undefined
    const node = this.#node(document.contents, '')
    return node.kind === 'scalar' && node.value === null ? undefined : node
  }

  #node(node: unknown, path: string): YamlNode {
    const offset = (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0
    if (isAlias(node)) return this.#alias(node.source, offset, path)
    const anchor = (node as { anchor?: string } | null)?.anchor
    if (anchor) this.#anchors.set(anchor, 'open')
    const built = this.#sized(this.#plain(node, offset, path), path)
    if (anchor) this.#anchors.set(anchor, built)
    return built
  }

  #plain(node: unknown, offset: number, path: string): YamlNode {
    if (isMap(node)) return this.#map(node, offset, path)
    if (isSeq(node)) {
      const items = node.items.map((item, i) => this.#node(item, `${path}[${i}]`))
      return { kind: 'seq', items, source: this.#source, offset, size: sum(items) }
    }
    return this.#scalar(isScalar(node) ? node.value : null, isScalar(node) ? node.source : undefined, offset)
  }

  #scalar(raw: unknown, written: string | undefined, offset: number): YamlNode {
    const place = { source: this.#source, offset, size: 1 }
    if (raw === null || raw === undefined) return { kind: 'scalar', value: null, text: '', ...place }
    if (typeof raw === 'string' || typeof raw === 'boolean')
      return { kind: 'scalar', value: raw, text: String(raw), ...place }
    const number = Number(raw)
    // What a double cannot hold stays text, so that no digit of an id is lost.
    const exact = Number.isFinite(number) && !(Number.isInteger(number) && !Number.isSafeInteger(number))
    const text = exact ? String(number) : (written ?? String(number))
    return { kind: 'scalar', value: exact ? number : text, text, ...place }
  }

  #map(node: { items: { key: unknown; value: unknown }[] }, offset: number, path: string): MapNode {
    const entries: MapEntry[] = []
    const own = new Set<string>()
    const merged: YamlNode[] = []
    for (const pair of node.items) {
      const key = this.#key(pair.key, path)
      if (key === undefined) continue
      const value = this.#node(pair.value, path ? `${path}.${key.text}` : key.text)
      if (key.text === '<<' && key.plain) merged.push(value)
      else if (this.#admits(key, own, path)) {
        own.add(key.text)
        entries.push({ key: key.text, keyOffset: key.offset, value })
      }
    }
    for (const value of merged) this.#merge(entries, own, value, path)
    return { kind: 'map', entries, source: this.#source, offset, size: sum(entries.map(entry => entry.value)) }
  }

  #admits(key: { text: string; offset: number }, own: Set<string>, path: string): boolean {
    const place = { source: this.#source, offset: key.offset }
    const at = path ? `${path}.${key.text}` : key.text
    if (FORBIDDEN_KEYS.has(key.text)) {
      this.#report.error(
        'yaml.forbidden_key',
        at,
        place,
        `the key ${JSON.stringify(key.text)} is not allowed`,
        'choose another name',
      )
      return false
    }
    if (own.has(key.text)) {
      this.#report.error(
        'yaml.duplicate_key',
        at,
        place,
        `duplicate key ${JSON.stringify(key.text)}`,
        'remove one of the two',
      )
      return false
    }
    return true
  }

  #key(node: unknown, path: string): { text: string; offset: number; plain: boolean } | undefined {
    const target = isAlias(node) ? undefined : node
    const offset = (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0
    if (!isScalar(target) && target !== null) {
      const hint = 'quote text that starts with {, [ or *'
      this.#report.error('yaml.bad_key', path, { source: this.#source, offset }, 'a key must be plain text', hint)
      return undefined
    }
    const raw = target === null ? '' : target.value
    const text = typeof raw === 'string' ? raw : (target?.source ?? String(raw))
    return { text, offset, plain: target?.type === 'PLAIN' }
  }

  /** `<<: *base`: entries of the map or maps that are not written here themselves. */
  #merge(entries: MapEntry[], own: Set<string>, value: YamlNode, path: string): void {
    for (const from of value.kind === 'seq' ? value.items : [value]) {
      if (from.kind !== 'map') {
        this.#report.error('yaml.bad_merge', path, from, 'a merge key (<<) takes a map or a list of maps')
        continue
      }
      for (const entry of from.entries) {
        if (own.has(entry.key)) continue
        own.add(entry.key)
        entries.push(entry)
      }
    }
  }

  #alias(name: string, offset: number, path: string): YamlNode {
    const target = this.#anchors.get(name)
    if (target !== undefined && target !== 'open') return target
    const message = target === 'open' ? `alias *${name} refers to itself` : `unknown alias *${name}`
    this.#report.error('yaml.bad_alias', path, { source: this.#source, offset }, message, SYNTAX_HINTS.BAD_ALIAS)
    return this.#scalar(null, undefined, offset)
  }

  #sized(node: YamlNode, path: string): YamlNode {
    if (node.size <= YAML_LIMITS.nodes) return node
    const message = `more than ${YAML_LIMITS.nodes} values after aliases are resolved`
    this.#report.error('yaml.too_many_nodes', path, node, message, 'use fewer aliases, or smaller ones')
    return this.#scalar(null, undefined, node.offset)
  }
}

const sum = (nodes: YamlNode[]): number => nodes.reduce((total, node) => total + node.size, 1)
