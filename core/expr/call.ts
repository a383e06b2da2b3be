// What a step hands to the DAGs it calls (semantics 16): the target, and parameters for each child. Named values stay whole: text is
// cut into tokens before anything is filled in, so a value with blanks or quotes is still one parameter. Pure: any host can ask.
import { parseTokens, parseWrittenTokens, tokenText } from '../params/tokens.ts'
import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { Step } from '../spec/dag.ts'
import { type ExpandContext, expandConfig, expandText, PLACES } from './expand.ts'
import { jsonText, parseJson } from './json-path.ts'
import { exprProblem } from './problems.ts'
import type { StepPlan } from './step-plan.ts'
import { openStepScope, type StepInput } from './step-scope.ts'

/** Children of one step at most. */
export const MAX_ITEMS = 1000

/** A called target that is the path of a file, not the name of a DAG. */
export const isCalledPath = (target: string): boolean => /[/\\]|\.ya?ml$/i.test(target)

export interface CallPlan {
  /** Name of a DAG, or path of a file. */
  target: string
  /** Calls by `parallel`: the result is an aggregate. */
  parallel: boolean
  /** Parameters of each child as a params text, in item order. */
  params: string[]
  /** Children at once; absent: no limit. */
  maxConcurrent?: number
}

/** Evaluates what a step calls. The step's conditions are met and its env is evaluated (`plan` of resolveStep). */
export const evaluateCall = (input: StepInput, plan: Pick<StepPlan, 'stepEnv' | 'cwd'>): Result<CallPlan, Problem> => {
  const { step } = input
  const { context } = openStepScope(input, plan.stepEnv, plan.cwd)
  const target = expandText(step.call ?? '', PLACES.called, context('call')).trim()
  if (target === '') return err(exprProblem('expr.call', `call: "${step.call}" is empty: it must name a DAG`, 'call'))
  if (step.parallel === undefined)
    return ok({ target, parallel: false, params: [callParams(step.callParams, context('params'))] })
  const { items: written, maxConcurrent } = step.parallel
  const items = expandItems(written, context('parallel.items'))
  const wrong = countProblem(items.length, written)
  if (wrong !== undefined) return err(wrong)
  const params = items.map(item =>
    step.callParams === undefined ? item : callParams(step.callParams, withItem(context('params'), item)),
  )
  return ok({ target, parallel: true, params, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) })
}

const countProblem = (count: number, written: unknown): Problem | undefined => {
  const what = typeof written === 'string' ? ` (${written.slice(0, 100)})` : ''
  if (count === 0)
    return exprProblem(
      'expr.call',
      `parallel has no items${what}`,
      'parallel.items',
      'Skip the step by a precondition instead.',
    )
  if (count <= MAX_ITEMS) return undefined
  return exprProblem(
    'expr.call',
    `parallel has ${count} items${what}, at most ${MAX_ITEMS} are allowed`,
    'parallel.items',
  )
}

const withItem = (context: ExpandContext, item: string): ExpandContext => ({
  ...context,
  names: { ...context.names, variable: name => (name === 'ITEM' ? item : context.names.variable(name)) },
})

/** Parameters of a child as a params text, values quoted; one bare reference alone may also stand for a JSON object. */
const callParams = (params: Step['callParams'], context: ExpandContext): string => {
  if (typeof params === 'string') {
    const json = jsonParams(params, context)
    if (json !== undefined) return json
    const [only, ...others] = parseWrittenTokens(params)
    if (only?.bare && only.name === undefined && others.length === 0)
      return expandText(only.value, PLACES.call, context)
  }
  return expandCallParams(params, context).map(tokenText).join(' ')
}

/** A text that is a JSON object is handed on as it is written (DAG_PARAMS_JSON of the child is this text), references in it filled in. */
const jsonParams = (params: string, context: ExpandContext): string | undefined => {
  const text = params.trim()
  const json = text.startsWith('{') ? parseJson(text) : undefined
  if (typeof json !== 'object' || json === null) return undefined
  const filled = jsonText(expandConfig(json, context))
  return filled === jsonText(json) ? text : filled
}

/**
 * Parameters of a child run, in order; without a name: positional. A bare word is split again once it is filled in (it may stand for
 * several parameters), a named or quoted value never. For a `parallel` child, ITEM is among the context's names.
 */
export const expandCallParams = (
  params: Step['callParams'],
  context: ExpandContext,
): { name?: string; value: string }[] => {
  const expand = (value: string) => expandText(value, PLACES.call, context)
  if (params === undefined) return []
  if (typeof params !== 'string') return params.map(({ name, value }) => ({ name, value: expand(value) }))
  return parseWrittenTokens(params).flatMap(({ name, value, bare }) => {
    if (name !== undefined) return [{ name, value: expand(value) }]
    return bare ? parseTokens(expand(value)) : [{ value: expand(value) }]
  })
}

/** The items of `parallel` as texts (objects and lists as JSON): those of a list, or what a text holds. */
export const expandItems = (items: string | readonly unknown[], context: ExpandContext): string[] => {
  if (typeof items !== 'string') return items.map(item => jsonText(expandConfig(item, context)))
  return splitItems(expandText(items, PLACES.called, context))
}

/** A JSON list, one JSON object, else lines, else what stands between the first separator found of `,` `;` `|` tab blank. */
const splitItems = (whole: string): string[] => {
  const text = whole.trim()
  const json = /^[[{]/.test(text) ? parseJson(text) : undefined
  if (Array.isArray(json)) return json.map(jsonText)
  if (json !== undefined) return [text]
  if (text.includes('\n')) return nonEmpty(text.split('\n'))
  const separator = [',', ';', '|', '\t'].find(each => splitOutsideQuotes(text, char => char === each).length > 1)
  return nonEmpty(
    splitOutsideQuotes(text, char => (separator === undefined ? /\s/.test(char) : char === separator)),
  ).map(unquote)
}

const nonEmpty = (items: readonly string[]): string[] => items.map(item => item.trim()).filter(item => item !== '')

const splitOutsideQuotes = (text: string, isSeparator: (char: string) => boolean): string[] => {
  const parts: string[] = []
  let from = 0
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (quote !== '') quote = char === quote ? '' : quote
    else if ((char === '"' || char === "'") && text.includes(char, i + 1)) quote = char
    else if (isSeparator(char)) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  return [...parts, text.slice(from)]
}

const unquote = (item: string): string => (/^(["']).*\1$/s.test(item) && item.length > 1 ? item.slice(1, -1) : item)
