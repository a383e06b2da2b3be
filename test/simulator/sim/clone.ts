// What a message becomes on its way: a copy. Promise: sender and receiver never share an object.

/** Deep copy of plain data (what structured clone accepts of it). */
export function clone<T>(value: T): T {
  return copy(value) as T
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function') throw new Error('a function cannot be sent to another object')
    return value
  }
  if (Array.isArray(value)) return value.map(copy)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value)
  const result: Record<string, unknown> = {}
  for (const key in value) {
    const member = copy((value as Record<string, unknown>)[key])
    if (key === '__proto__')
      Object.defineProperty(result, key, { value: member, enumerable: true, writable: true, configurable: true })
    else result[key] = member
  }
  return result
}
