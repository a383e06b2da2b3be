// JSON text to a value, without throwing.

/** The value, or undefined where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** A number with the digits that it was written with; `JSON.stringify` writes them again. Nothing else may be done with it. */
interface RawNumber {
  rawJSON: string
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown

const { isRawJSON, rawJSON } = JSON as typeof JSON & {
  isRawJSON(value: unknown): value is RawNumber
  rawJSON(text: string): RawNumber
}

const isLossy = (value: unknown, source: string | undefined): source is string =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)

/** Like `parseJson`, for values that go on as text: an integer that a number cannot hold (an id of 64 bits) keeps its digits. */
export function parseJsonExactly(text: string): unknown {
  const keep: Reviver = (_, value, context) => (isLossy(value, context?.source) ? rawJSON(context.source) : value)
  try {
    return JSON.parse(text, keep) as unknown
  } catch {
    return undefined
  }
}

/** The digits of a number that was kept exactly; undefined for every other value. */
export const exactDigits = (value: unknown): string | undefined => (isRawJSON(value) ? value.rawJSON : undefined)
