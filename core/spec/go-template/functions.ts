// Functions of the template language: the hermetic ones (no environment, no clock, no randomness) that templates use.
import { arithmetic } from './arithmetic.ts'
import { collections } from './collections.ts'
import { encoding } from './encoding.ts'
import { patterns } from './patterns.ts'
import { printing } from './printing.ts'
import { strings } from './strings.ts'
import type { Fn } from './values.ts'

export const FUNCTIONS: ReadonlyMap<string, Fn> = new Map(
  Object.entries({ ...strings, ...printing, ...encoding, ...collections, ...patterns, ...arithmetic }),
)
