// Functions that take queries, not values: how often, how deep and where they are evaluated.
import { deletePaths, getPath, setPath } from '../access.ts'
import { type Evaluator, made, PAUSE, type Results } from '../evaluate.ts'
import type { Item, Scope } from '../scope.ts'
import type { Node } from '../syntax.ts'
import { isDict, isTrue, JqError, show, sortedKeys, type Value } from '../values.ts'
import { listOf, type Native, type Natives, numberOf } from './native.ts'

/** A path list for each result, with a function of it. */
function* eachPath(
  evaluator: Evaluator,
  arg: Node,
  scope: Scope | undefined,
  item: Item,
  of: (path: Value[]) => Item,
): Results {
  for (const found of evaluator.values(arg, scope, item.value))
    yield found === PAUSE ? PAUSE : of(listOf(found.value, 'a path'))
}

const getpath: Native = (evaluator, [arg], scope, item) =>
  eachPath(evaluator, arg!, scope, item, path => {
    if (item.path !== null && item.made) throw new JqError(`${show(item.value)} is made by the query and has no path`)
    const value = getPath(item.value, path)
    return item.path === null ? { value, path: null } : { value, path: [...item.path, ...path] }
  })

function* path(evaluator: Evaluator, [arg]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  for (const found of evaluator.paths(arg!, scope, item.value)) yield found === PAUSE ? PAUSE : made(item, found.path)
}

function* del(evaluator: Evaluator, [arg]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  const paths: Value[] = []
  for (const found of evaluator.paths(arg!, scope, item.value)) {
    if (found === PAUSE) yield PAUSE
    else paths.push(found.path)
  }
  yield made(item, deletePaths(item.value, paths))
}

/** What stays when only these paths are kept. */
function* pick(evaluator: Evaluator, [arg]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  let result: Value = null
  for (const found of evaluator.paths(arg!, scope, item.value)) {
    if (found === PAUSE) yield PAUSE
    else result = setPath(result, found.path, found.value)
  }
  yield made(item, result)
}

/** A number from each of two or three arguments, the first changing slowest. */
function* range(evaluator: Evaluator, args: readonly Node[], scope: Scope | undefined, item: Item): Results {
  const [from, upto, by] = args.length === 1 ? [ZERO, args[0]!, ONE] : [args[0]!, args[1]!, args[2] ?? ONE]
  for (const first of evaluator.values(from, scope, item.value)) {
    if (first === PAUSE) yield PAUSE
    else
      for (const last of evaluator.values(upto, scope, item.value)) {
        if (last === PAUSE) yield PAUSE
        else
          for (const step of evaluator.values(by, scope, item.value)) {
            if (step === PAUSE) yield PAUSE
            else
              yield* count(
                evaluator,
                item,
                [first, last, step].map(found => numberOf(found.value, 'range')),
              )
          }
      }
  }
}

const ZERO: Node = { is: 'literal', value: 0 }
const ONE: Node = { is: 'literal', value: 1 }

function* count(evaluator: Evaluator, item: Item, [from, upto, by]: number[]): Results {
  if (by === 0) throw new JqError('range cannot go on by 0')
  for (let at = from!; by! > 0 ? at < upto! : at > upto!; at += by!) {
    if (evaluator.step()) yield* evaluator.breathe()
    yield made(item, at)
  }
}

/** The first `most` results after `skipped` ones. */
const part = (name: string, bounds: (n: number) => [skipped: number, most: number]): Native =>
  function* (evaluator, [amount, query], scope, item) {
    for (const found of evaluator.values(amount!, scope, item.value)) {
      if (found === PAUSE) {
        yield PAUSE
        continue
      }
      const asked = numberOf(found.value, name)
      if (asked < 0) throw new JqError(`${name} takes no negative number`)
      let [skipped, most] = bounds(asked)
      if (most <= 0) continue
      for (const result of evaluator.run(query!, scope, item)) {
        if (result !== PAUSE && skipped-- > 0) continue
        yield result
        if (result !== PAUSE && --most <= 0) break
      }
    }
  }

function* first(evaluator: Evaluator, [query]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  for (const found of evaluator.run(query!, scope, item)) {
    yield found
    if (found !== PAUSE) return
  }
}

function* last(evaluator: Evaluator, [query]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  let kept: Item | undefined
  for (const found of evaluator.run(query!, scope, item)) {
    if (found === PAUSE) yield PAUSE
    else kept = found
  }
  if (kept !== undefined) yield kept
}

/** Is there a result that is (not) true? */
const search = (wanted: boolean): Native =>
  function* (evaluator, [source, test], scope, item) {
    for (const found of evaluator.values(source!, scope, item.value)) {
      if (found === PAUSE) {
        yield PAUSE
        continue
      }
      for (const answer of evaluator.values(test!, scope, found.value)) {
        if (answer === PAUSE) yield PAUSE
        else if (isTrue(answer.value) === wanted) {
          yield made(item, wanted)
          return
        }
      }
    }
    yield made(item, !wanted)
  }

function* isempty(evaluator: Evaluator, [query]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  for (const found of evaluator.values(query!, scope, item.value)) {
    if (found === PAUSE) yield PAUSE
    else {
      yield made(item, false)
      return
    }
  }
  yield made(item, true)
}

const ofItems: Node = { is: 'try', body: { is: 'each', of: { is: 'self' } } }

/** An item, then what comes of it, then what comes of that: kept on a list of ours, so that no depth is too deep. */
const deep = (
  next: (args: readonly Node[]) => Node,
  shown: (
    evaluator: Evaluator,
    args: readonly Node[],
    scope: Scope | undefined,
    item: Item,
  ) => Iterable<'show' | 'end' | 'go' | undefined>,
): Native =>
  function* (evaluator, args, scope, item) {
    const open = [[item][Symbol.iterator]() as Iterator<Item | undefined>]
    while (open.length > 0) {
      const { value: found, done } = open.at(-1)!.next()
      if (done) {
        open.pop()
        continue
      }
      if (found === undefined) {
        yield PAUSE
        continue
      }
      if (evaluator.step()) yield* evaluator.breathe()
      for (const what of shown(evaluator, args, scope, found)) {
        if (what === undefined) yield PAUSE
        else if (what === 'end') continue
        else {
          if (what === 'show') yield found
          open.push(evaluator.run(next(args), scope, found)[Symbol.iterator]())
        }
      }
    }
  }

const always = (): ['show'] => ['show']

const whileTrue = function* (
  evaluator: Evaluator,
  [test]: readonly Node[],
  scope: Scope | undefined,
  item: Item,
): Iterable<'show' | 'end' | undefined> {
  for (const answer of evaluator.values(test!, scope, item.value))
    yield answer === PAUSE ? undefined : isTrue(answer.value) ? 'show' : 'end'
}

function* until(evaluator: Evaluator, [test, update]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  const open = [[item][Symbol.iterator]() as Iterator<Item | undefined>]
  while (open.length > 0) {
    const { value: found, done } = open.at(-1)!.next()
    if (done) open.pop()
    else if (found === undefined) yield PAUSE
    else {
      if (evaluator.step()) yield* evaluator.breathe()
      for (const answer of evaluator.values(test!, scope, found.value)) {
        if (answer === PAUSE) yield PAUSE
        else if (isTrue(answer.value)) yield found
        else open.push(evaluator.run(update!, scope, found)[Symbol.iterator]())
      }
    }
  }
}

/** The same again and again. */
function* repeat(evaluator: Evaluator, [query]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  for (;;) {
    if (evaluator.step()) yield* evaluator.breathe()
    yield* evaluator.run(query!, scope, item)
  }
}

function* fail(evaluator: Evaluator, [message]: readonly Node[], scope: Scope | undefined, item: Item): Results {
  if (message === undefined) throw new JqError(item.value)
  for (const found of evaluator.values(message, scope, item.value)) {
    if (found === PAUSE) yield PAUSE
    else throw new JqError(found.value)
  }
}

/** Every path below, with what is there, depth first. */
function* pathsBelow(value: Value, path: Value[] = []): Generator<Value[]> {
  const keys = Array.isArray(value) ? value.keys() : isDict(value) ? sortedKeys(value) : []
  for (const key of keys) {
    const inner = [...path, key]
    yield inner
    yield* pathsBelow((value as Record<string | number, Value>)[key]!, inner)
  }
}

function* paths(evaluator: Evaluator, _args: readonly Node[], _scope: Scope | undefined, item: Item): Results {
  for (const found of pathsBelow(item.value)) {
    if (evaluator.step()) yield* evaluator.breathe()
    yield made(item, found)
  }
}

export const FLOW: Natives = {
  'empty/0': () => [],
  'error/0': fail,
  'error/1': fail,
  'getpath/1': getpath,
  'path/1': path,
  'paths/0': paths,
  'del/1': del,
  'pick/1': pick,
  'range/1': range,
  'range/2': range,
  'range/3': range,
  'limit/2': part('limit', most => [0, most]),
  'skip/2': part('skip', skipped => [skipped, Number.POSITIVE_INFINITY]),
  'nth/2': part('nth', skipped => [skipped, 1]),
  'first/1': first,
  'last/1': last,
  'any/2': search(true),
  'all/2': search(false),
  'isempty/1': isempty,
  'recurse/0': deep(() => ofItems, always),
  'recurse/1': deep(([next]) => next!, always),
  'repeat/1': repeat,
  'while/2': deep(([, update]) => update!, whileTrue),
  'until/2': until,
}
