// Functions of values: their keys, their order, their types and their texts.
import { parseJsonExactly } from '@edgedag/core/spec/json'
import { deletePaths, get, setPath } from '../access.ts'
import { add } from '../arithmetic.ts'
import {
  compare,
  fromJson,
  isDict,
  isNumber,
  isTrue,
  JqError,
  Meter,
  newDict,
  normal,
  show,
  sortedKeys,
  toText,
  typeOf,
  type Value,
} from '../values.ts'
import { listOf, type Natives, numberOf, plain } from './native.ts'

function lengthOf(value: Value): Value {
  if (value === null) return 0
  if (typeof value === 'string') return Array.from(value).length
  if (Array.isArray(value)) return value.length
  if (typeof value === 'bigint') return value < 0n ? -value : value
  if (typeof value === 'number') return Math.abs(value)
  if (isDict(value)) return Object.keys(value).length
  throw new JqError(`${show(value)} has no length`)
}

function keysOf(value: Value): Value {
  if (Array.isArray(value)) return [...value.keys()]
  if (isDict(value)) return sortedKeys(value)
  throw new JqError(`${show(value)} has no keys`)
}

function has(value: Value, key: Value): Value {
  if (isDict(value) && typeof key === 'string') return Object.hasOwn(value, key)
  if (Array.isArray(value) && isNumber(key)) return Number(key) >= 0 && Number(key) < value.length
  throw new JqError(`${show(value)} cannot have the key ${show(key)}`)
}

function contains(a: Value, b: Value, meter: Meter): boolean {
  meter.take()
  if (isDict(a) && isDict(b))
    return Object.keys(b).every(key => Object.hasOwn(a, key) && contains(a[key]!, b[key]!, meter))
  if (Array.isArray(a) && Array.isArray(b)) return b.every(wanted => a.some(item => contains(item, wanted, meter)))
  if (typeof a === 'string' && typeof b === 'string') return a.includes(b)
  if (typeOf(a) === typeOf(b)) return compare(a, b) === 0
  throw new JqError(`${show(a)} and ${show(b)} cannot be checked for containment`)
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function toNumber(value: Value): Value {
  if (isNumber(value)) return value
  if (typeof value !== 'string') throw new JqError(`${show(value)} cannot be made a number`)
  if (/^-?\d{16,}$/.test(value)) return normal(BigInt(value))
  if (NUMBER.test(value)) return Number(value)
  throw new JqError(`${show(value)} cannot be made a number`)
}

function toBoolean(value: Value): Value {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  throw new JqError(`${show(value)} cannot be made a boolean`)
}

function parsed(value: Value): Value {
  if (typeof value !== 'string') throw new JqError(`fromjson takes a text, not ${show(value)}`)
  const found = parseJsonExactly(value)
  if (found === undefined) throw new JqError(`${show(value)} is no JSON`)
  return fromJson(found)
}

interface Keyed {
  key: Value
  item: Value
}

/** Items with what they are compared by, in order; equal ones stay in theirs. */
function keyed(value: Value, keys: Value): Keyed[] {
  const list = listOf(keys, 'keys')
  return listOf(value, 'sort')
    .map((item, i) => ({ item, key: list[i]! }))
    .sort((a, b) => compare(a.key, b.key))
}

function grouped(value: Value, keys: Value): Value[][] {
  const groups: { key: Value; items: Value[] }[] = []
  for (const { key, item } of keyed(value, keys)) {
    const last = groups.at(-1)
    if (last !== undefined && compare(last.key, key) === 0) last.items.push(item)
    else groups.push({ key, items: [item] })
  }
  return groups.map(({ items }) => items)
}

/** The extreme item: of equal ones the first where the smallest is asked for, else the last. */
const extreme = (value: Value, keys: Value, sign: 1 | -1): Value => {
  const list = listOf(keys, 'keys')
  let best: Keyed | undefined
  for (const [i, item] of listOf(value, 'min and max').entries()) {
    const key = list[i]!
    const order = best === undefined ? -1 : compare(key, best.key) * sign
    if (order < 0 || (order === 0 && sign < 0)) best = { key, item }
  }
  return best?.item ?? null
}

function flatten(value: Value, depth: number, meter = new Meter()): Value[] {
  const items = Array.isArray(value) ? value : isDict(value) ? sortedKeys(value).map(key => value[key]!) : undefined
  if (items === undefined) throw new JqError(`${show(value)} cannot be flattened`)
  if (depth < 0) throw new JqError('flatten takes no negative depth')
  return items.flatMap(item => {
    if (!Array.isArray(item) || depth <= 0) return [item]
    meter.take()
    return flatten(item, depth - 1, meter)
  })
}

function search(value: Value, wanted: Value): Value {
  const list = listOf(value, 'bsearch')
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const order = compare(list[middle]!, wanted)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle
  }
  return -1 - low
}

function fromEntries(value: Value): Value {
  const dict = newDict()
  for (const entry of listOf(value, 'from_entries')) {
    const key = ['key', 'k', 'name', 'Name', 'Key', 'K']
      .map(name => get(entry, name))
      .find(found => found !== null && found !== false)
    const named = key ?? get(entry, 'key')
    const text =
      typeof named === 'string'
        ? named
        : named === null
          ? 'null'
          : typeof named === 'object'
            ? undefined
            : toText(named)
    if (text === undefined) throw new JqError(`${show(named)} is no key of a map`)
    const holder = ['value', 'v', 'Value', 'V'].find(name => isDict(entry) && Object.hasOwn(entry, name))
    dict[text] = holder === undefined ? null : get(entry, holder)
  }
  return dict
}

/** All items together; texts at once, as one by one takes their length squared. */
function sum(value: Value): Value {
  const items = isDict(value) ? sortedKeys(value).map(key => value[key]!) : listOf(value, 'add')
  if (items.length > 0 && items.every(item => typeof item === 'string')) return items.join('')
  if (items.length > 0 && items.every(item => Array.isArray(item))) return items.flat()
  return items.reduce(add, null)
}

const sorted = (value: Value): Value[] => listOf(value, 'sort').toSorted(compare)

export const DATA: Natives = plain({
  'length/0': lengthOf,
  'keys/0': keysOf,
  'keys_unsorted/0': keysOf,
  'has/1': has,
  'contains/1': (value, part) => contains(value, part!, new Meter()),
  'type/0': typeOf,
  'tostring/0': value => (typeof value === 'string' ? value : toText(value)),
  'tonumber/0': toNumber,
  'toboolean/0': toBoolean,
  'tojson/0': value => toText(value),
  'fromjson/0': parsed,
  'not/0': value => !isTrue(value),
  'add/0': sum,
  'reverse/0': value =>
    value === null
      ? []
      : typeof value === 'string'
        ? Array.from(value).reverse().join('')
        : listOf(value, 'reverse').toReversed(),
  'sort/0': sorted,
  'unique/0': value => grouped(value, value).map(group => group[0]!),
  '_sorted/1': (value, keys) => keyed(value, keys).map(({ item }) => item),
  '_grouped/1': grouped,
  '_unique/1': (value, keys) => grouped(value, keys).map(group => group[0]!),
  '_min/1': (value, keys) => extreme(value, keys, 1),
  '_max/1': (value, keys) => extreme(value, keys, -1),
  'flatten/0': value => flatten(value, Number.POSITIVE_INFINITY),
  'flatten/1': (value, depth) => flatten(value, numberOf(depth!, 'flatten')),
  'bsearch/1': search,
  'setpath/2': (value, path, item) => setPath(value, listOf(path!, 'setpath'), item!),
  'delpaths/1': (value, paths) => deletePaths(value, listOf(paths!, 'delpaths')),
  'from_entries/0': fromEntries,
  'env/0': () => newDict(),
})
