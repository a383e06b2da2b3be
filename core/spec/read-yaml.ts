// Bounded YAML: any text gives either documents or problems with line and column, in bounded time and memory.
// Size, depth, node count and alias growth are checked before or while the tree is built, never after.

import { Composer, Lexer, Parser } from 'yaml'
import { err, ok, type Result } from '../result.ts'
import { newSource, type Source, type YamlNode } from './node.ts'
import { Report } from './report.ts'
import { ALIAS_HINT, TreeBuilder } from './yaml-tree.ts'

export const YAML_LIMITS = { bytes: 1_000_000, depth: 64, lexemes: 400_000, nodes: 200_000, documents: 200, errors: 20 }

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
    const node = new TreeBuilder(source, report, YAML_LIMITS.nodes).build(document.contents)
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
  const told = new Set<number>()
  // One a line: the others of it follow from the first.
  const refuse = (offset: number, code: string, message: string): void => {
    const line = lineAt(source.text, offset)
    if (told.has(line.start)) return
    told.add(line.start)
    report.error('yaml.syntax', '', { source, offset }, message.split('\n')[0] ?? '', syntaxHint(code, line.text))
  }
  // A private member: the library itself has no limit on errors.
  const hooked = composer as unknown as { onError: ErrorHook }
  hooked.onError = (at, code, message, warning) => {
    if (warning) return
    const offset = typeof at === 'number' ? at : Array.isArray(at) ? at[0] : at.offset
    refuse(offset, code, message)
    if (++errors >= YAML_LIMITS.errors) throw new TooManyErrors()
  }
  try {
    for (const document of composer.compose(tokens)) {
      // Errors that were found while a document was put together are in it, not in the hook.
      for (const error of document.errors.slice(0, YAML_LIMITS.errors)) {
        refuse(error.pos[0], error.code, error.message)
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
  BAD_ALIAS: ALIAS_HINT,
}

/** So much of a line is looked at for a hint. */
const LINE_LOOK = 500

/** `{command: echo ${A}}`: the commonest way to end a flow map too early. */
const BARE_REFERENCE = /[{[][^"'#]*\$\{/

const syntaxHint = (code: string, line: string): string | undefined =>
  BARE_REFERENCE.test(line) ? 'between { } or [ ] a text that holds ${...} needs quotes around it' : SYNTAX_HINTS[code]

function lineAt(text: string, offset: number): { start: number; text: string } {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return { start, text: text.slice(start, Math.min(end < 0 ? text.length : end, start + LINE_LOOK)) }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
