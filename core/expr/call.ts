// What a step hands to the DAGs it calls: parameters, and the items of `parallel`. Values stay whole: text is cut into
// tokens before anything is filled in, so a value with blanks or quotes is still one parameter.
import { parseTokens, type Token } from '../params/tokens.ts'
import type { Step } from '../spec/dag.ts'
import { type ExpandContext, expandConfig, expandText, PLACES } from './expand.ts'
import { jsonText, parseJson } from './json-path.ts'

/** Parameters of a child run, in order; without a name: positional. For a `parallel` child, ITEM is among the context's names. */
export const expandCallParams = (params: Step['callParams'], context: ExpandContext): Token[] => {
  if (params === undefined) return []
  const tokens: readonly Token[] = typeof params === 'string' ? parseTokens(params) : params
  return tokens.map(token => ({ ...token, value: expandText(token.value, PLACES.call, context) }))
}

/** The items of `parallel` as texts (objects and lists as JSON): a JSON list, else words or lines of a text. */
export const expandItems = (items: string | readonly unknown[], context: ExpandContext): string[] => {
  if (typeof items !== 'string') return items.map(item => jsonText(expandConfig(item, context)))
  const text = expandText(items, PLACES.call, context).trim()
  const list = parseJson(text)
  if (Array.isArray(list)) return list.map(jsonText)
  if (text === '') return []
  return text.split(text.includes('\n') ? /\n+/ : /\s+/).map(item => item.trim())
}
