// Reading, setting and deleting by a key, an index or a slice, and along whole paths.
import { compare, type Dict, isDict, isNumber, JqError, newDict, show, type Value } from './values.ts'

/** Lists that an index may make longer. */
const MAX_INDEX = 1 << 24

const sliceBounds = (length: number, from: Value, to: Value): [number, number] => {
  const bound = (value: Value, absent: number, round: (n: number) => number): number => {
    if (value === null) return absent
    if (!isNumber(value)) throw new JqError(`a slice needs numbers, not ${show(value)}`)
    const at = round(Number(value))
    return Math.min(Math.max(at < 0 ? at + length : at, 0), length)
  }
  const start = bound(from, 0, Math.floor)
  return [start, Math.max(start, bound(to, length, Math.ceil))]
}

/** Is it what a slice looks like in a path: `{start, end}`? */
const isSlice = (key: Value): key is { start: Value; end: Value } => isDict(key) && 'start' in key && 'end' in key

export function slice(value: Value, from: Value, to: Value): Value {
  if (value === null) return null
  if (typeof value === 'string') {
    const characters = Array.from(value)
    return characters.slice(...sliceBounds(characters.length, from, to)).join('')
  }
  if (!Array.isArray(value)) throw new JqError(`${show(value)} cannot be sliced`)
  return value.slice(...sliceBounds(value.length, from, to))
}

/** `value[key]`; null where there is nothing. */
export function get(value: Value, key: Value): Value {
  if (isSlice(key)) return slice(value, key.start, key.end)
  if (typeof key === 'string' && (value === null || isDict(value)))
    return value !== null && Object.hasOwn(value, key) ? value[key]! : null
  if (isNumber(key) && (value === null || Array.isArray(value))) {
    if (value === null) return null
    const at = Math.floor(Number(key))
    return value[at < 0 ? at + value.length : at] ?? null
  }
  if (Array.isArray(key) && Array.isArray(value)) return indices(value, key)
  const named = typeof key === 'string' ? JSON.stringify(key) : show(key)
  throw new JqError(`${show(value)} cannot be indexed with ${named}`)
}

/** Where a list, a value or a text stands in another. */
export function indices(value: Value, part: Value): Value {
  if (value === null) return null
  if (typeof value === 'string' && typeof part === 'string') {
    if (part === '') return []
    const found: Value[] = []
    let [characters, before] = [0, 0]
    for (let at = value.indexOf(part); at >= 0; at = value.indexOf(part, at + 1)) {
      characters += Array.from(value.slice(before, at)).length
      before = at
      found.push(characters)
    }
    return found
  }
  if (!Array.isArray(value)) throw new JqError(`${show(value)} cannot be searched for ${show(part)}`)
  const wanted = Array.isArray(part) ? part : [part]
  if (wanted.length === 0) return null
  return value.flatMap((_, at) =>
    wanted.every((item, i) => at + i < value.length && compare(value[at + i]!, item) === 0) ? [at] : [],
  )
}

function setIndex(value: Value[] | null, key: number | bigint, item: Value): Value[] {
  const list = value === null ? [] : value.slice()
  let at = Math.floor(Number(key))
  if (at < 0) at += list.length
  if (at < 0) throw new JqError('the index is before the beginning of the list')
  if (at > MAX_INDEX) throw new JqError(`the index ${at} is too large`)
  while (list.length < at) list.push(null)
  list[at] = item
  return list
}

/** A copy of `value` with another item at `key`. */
export function set(value: Value, key: Value, item: Value): Value {
  if (typeof key === 'string' && (value === null || isDict(value))) {
    const copy = newDict(value ?? undefined)
    copy[key] = item
    return copy
  }
  if (isNumber(key) && (value === null || Array.isArray(value))) return setIndex(value, key, item)
  if (isSlice(key) && (value === null || Array.isArray(value))) {
    if (!Array.isArray(item)) throw new JqError('a slice of a list can only be set to a list')
    const list = value ?? []
    const [from, to] = sliceBounds(list.length, key.start, key.end)
    return [...list.slice(0, from), ...item, ...list.slice(to)]
  }
  const named = typeof key === 'string' ? JSON.stringify(key) : show(key)
  throw new JqError(`${show(value)} cannot be indexed with ${named}`)
}

export function getPath(value: Value, path: readonly Value[]): Value {
  let at = value
  for (const key of path) {
    if (at === null) return null
    at = get(at, key)
  }
  return at
}

export function setPath(value: Value, path: readonly Value[], item: Value, from = 0): Value {
  if (from === path.length) return item
  const key = path[from]!
  return set(value, key, setPath(get(value, key), path, item, from + 1))
}

function deletePath(value: Value, path: readonly Value[], from = 0): Value {
  if (value === null) return null
  const key = path[from]!
  if (from < path.length - 1) {
    const inner = get(value, key)
    return inner === null ? value : set(value, key, deletePath(inner, path, from + 1))
  }
  if (typeof key === 'string' && isDict(value)) return without(value, key)
  if (isNumber(key) && Array.isArray(value)) {
    const at = Math.floor(Number(key))
    const index = at < 0 ? at + value.length : at
    return value.filter((_, i) => i !== index)
  }
  if (isSlice(key) && Array.isArray(value)) {
    const [start, end] = sliceBounds(value.length, key.start, key.end)
    return [...value.slice(0, start), ...value.slice(end)]
  }
  throw new JqError(`${show(key)} cannot be deleted from ${show(value)}`)
}

function without(dict: Dict, key: string): Dict {
  const copy = newDict(dict)
  delete copy[key]
  return copy
}

/** Deletes the last paths first: what is before them keeps its place. */
export function deletePaths(value: Value, paths: readonly Value[]): Value {
  let rest = value
  for (const path of [...paths].sort(compare).reverse()) {
    if (!Array.isArray(path)) throw new JqError(`a path is a list, not ${show(path)}`)
    if (path.length === 0) return null
    rest = deletePath(rest, path)
  }
  return rest
}
