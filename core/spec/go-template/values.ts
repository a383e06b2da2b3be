// What all functions of the template language share: how values read as text, number and list, and when they count as empty.

/** A mistake of the template's author; its message is a sentence. */
export class TemplateError extends Error {}

export type Fn = (...args: unknown[]) => unknown
export type Functions = Record<string, Fn>
export type Dict = Record<string, unknown>

/** Characters that one function may make, and elements of a list that it may count up. */
const LIMITS = { chars: 1_000_000, items: 100_000 }

/** A value as Go prints it in a template: `[a b]`, `map[k:v]` with its keys in order; only nothing is an empty text. */
export function text(value: unknown): string {
  return value === null || value === undefined ? '' : printed(value)
}

function printed(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([key, inner]) => `${key}:${printed(inner)}`).join(' ')}]`
}

export const list = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value
  throw new TemplateError(`a list is needed, not ${JSON.stringify(value)}`)
}

export const dict = (value: unknown): Dict => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Dict
  throw new TemplateError(`a dictionary is needed, not ${JSON.stringify(value)}`)
}

export const number = (value: unknown): number => {
  const parsed = Number(value)
  if (typeof value === 'object' || text(value).trim() === '' || !Number.isFinite(parsed))
    throw new TemplateError(`${JSON.stringify(value)} is not a number`)
  return parsed
}

/** A count that may become the length of something. */
export const bounded = (count: unknown, limit = LIMITS.items): number => {
  const asked = number(count)
  if (Math.abs(asked) > limit) throw new TemplateError(`${asked} is more than the ${limit} that are allowed`)
  return Math.trunc(asked)
}

export const repeated = (count: unknown, value: unknown): string => {
  const times = number(count)
  if (times < 0 || times * text(value).length > LIMITS.chars) throw new TemplateError('repeat makes too long a text')
  return text(value).repeat(times)
}

/** False for null, "", 0, false and empty lists and maps. */
export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Elements of a list, values of a dictionary, else characters. */
export const size = (value: unknown): number =>
  typeof value === 'object' && value !== null ? Object.keys(value).length : [...text(value)].length

export const hasKey = (value: unknown, key: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, text(key))

/** The element of a list or dictionary, which must be there. */
export const pick = (value: unknown, key: unknown): unknown => {
  if (!hasKey(value, key)) throw new TemplateError(`there is no ${JSON.stringify(key)}`)
  return (value as Dict)[text(key)]
}

/** Sets an own key, whatever its name. */
export const put = (into: Dict, key: string, value: unknown): Dict =>
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true })

/** Each function under its name, and once more as `mustName`: here every function fails where its input is wrong. */
export const withMust = (functions: Functions): Functions =>
  Object.fromEntries(
    Object.entries(functions).flatMap(([name, fn]) => [
      [name, fn],
      [`must${name[0]!.toUpperCase()}${name.slice(1)}`, fn],
    ]),
  )
