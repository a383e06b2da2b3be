// Environments of hundreds of variables: a file of assignments that a small sh reads under `set -a` (half the cost of as many `export`). From one step of a run to the next almost all
// of them stay, so the file is extended, and written anew only when most of its lines no longer count.

import { checkVariable, specialVariable } from './check-request.ts'
import { laneCanExport, OWN_NAMES } from './env-names.ts'
import { quote } from './quote.ts'
import { MARKER, type StepRequest } from './types.ts'

export interface ManyVariables {
  /** What the file sets. Belongs to the lane, and grows in place. */
  readonly set: Map<string, string>
  lines: number
}

/**
 * What the file must get for this request: lines to append where `many` is what it sets already, else a whole text.
 * `special`: the `NAME=value` that a shell cannot export. `many` is used up. Throws `UnusableRequest`.
 */
export function manyVariables(
  { env, key }: StepRequest,
  many: ManyVariables = { set: new Map(), lines: 0 },
): { many: ManyVariables; text: string; append: boolean; special: string[] } {
  const append = many.lines > 0 && many.lines < 2 * many.set.size
  const { set } = many
  if (!append) set.clear()
  const special: string[] = []
  const changed: [string, string][] = []
  let wanted = 0
  const want = (name: string, value: string): void => {
    wanted++
    if (set.get(name) === value) return
    checkVariable(name, value)
    set.set(name, value)
    changed.push([name, value])
  }
  for (const name in env) {
    if (OWN_NAMES.has(name)) continue
    const value = env[name] as string
    if (set.has(name) || laneCanExport(name)) want(name, value)
    else special.push(specialVariable(name, value))
  }
  want(MARKER, key)
  const dropped =
    wanted === set.size ? [] : [...set.keys()].filter(name => name !== MARKER && !Object.hasOwn(env, name))
  for (const name of dropped) set.delete(name)
  const assignments = changed.map(([name, value]) => `${name}=${quote(value)}`)
  const lines = [...assignments, ...dropped.map(name => `unset -v ${name}`)]
  const text = lines.map(line => `${line}\n`).join('')
  return { many: { set, lines: (append ? many.lines : 0) + lines.length }, text, append, special }
}
