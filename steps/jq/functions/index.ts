// Every function that is not written in jq, by `name/arity`.
import { DATA } from './data.ts'
import { FLOW } from './flow.ts'
import { MATH } from './math.ts'
import type { Native } from './native.ts'
import { TEXT } from './text.ts'
import { TIME } from './time.ts'

export const NATIVES: ReadonlyMap<string, Native> = new Map(
  Object.entries({ ...FLOW, ...DATA, ...TEXT, ...MATH, ...TIME }),
)
