// A report of an agent, masked once more where it arrives. Promise: every text that people see is masked; names, numbers and times
// that the engine works with stay as they are.

import { utf8Length } from '../expr/scope.ts'
import type { AgentEvent, ConditionResult, LogEnd } from '../protocol/frames.ts'
import type { Masker } from './masker.ts'

/** The event with its texts masked; the same object where nothing had to be. */
export const maskEvent = (event: AgentEvent, { mask }: Masker): AgentEvent => {
  switch (event.type) {
    case 'prepared':
      return {
        ...event,
        ...optional('error', event.error, mask),
        params: event.params.map(({ name, value }) => ({ name, value: mask(value) })),
        paramsDisplay: mask(event.paramsDisplay),
        conditions: conditions(event.conditions, mask),
      }
    case 'started':
      return event.commands === undefined ? event : { ...event, commands: event.commands.map(mask) }
    case 'finished':
      return {
        ...event,
        ...optional('error', event.error, mask),
        ...(event.conditions && { conditions: conditions(event.conditions, mask) }),
        ...(event.outputs && { outputs: deep(event.outputs, mask) as Record<string, string> }),
        ...(event.structured && { structured: deep(event.structured, mask) as Record<string, unknown> }),
        ...(event.stdout && { stdout: logEnd(event.stdout, mask) }),
        ...(event.stderr && { stderr: logEnd(event.stderr, mask) }),
        ...(event.commands && { commands: event.commands.map(mask) }),
      }
    case 'children':
      return { ...event, items: event.items.map(item => ({ ...item, params: mask(item.params) })) }
    case 'plan_ended':
      return event.error === undefined ? event : { ...event, error: mask(event.error) }
    default:
      return event
  }
}

type Mask = (text: string) => string

const optional = (key: 'error', text: string | undefined, mask: Mask) =>
  text === undefined ? {} : { [key]: mask(text) }

const conditions = (results: ConditionResult[], mask: Mask): ConditionResult[] =>
  results.map(result => (result.error === undefined ? result : { ...result, error: mask(result.error) }))

/** Length and lines are those of the text that is kept. */
const logEnd = (end: LogEnd, mask: Mask): LogEnd => {
  if (end.text === undefined) return end
  const text = mask(end.text)
  return text === end.text ? end : { ...end, text, bytes: utf8Length(text), lines: text.split('\n').length - 1 }
}

/** Every text inside a JSON value, keys too. */
export const deep = (value: unknown, mask: Mask): unknown => {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map(each => deep(each, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [mask(key), deep(inner, mask)]))
}
