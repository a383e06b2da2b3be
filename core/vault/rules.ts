// Names of profiles, their entries and secret references (seed Profiles; surface 5 and 6). Promise: what passes here is a safe
// key, environment name and path segment everywhere.

import { isReadOnly } from '../expr/special-variables.ts'

const PROFILE_NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/
const ENTRY_KEY = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
const REF_SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const MAX_REF = 255

/** Characters of one value: an environment variable is at most 128 KiB with its name. */
export const MAX_VALUE_CHARS = 64 * 1024

/** What is wrong with a profile's name; undefined: nothing. */
export const profileNameProblem = (name: string): string | undefined =>
  PROFILE_NAME.test(name)
    ? undefined
    : `invalid profile name: ${JSON.stringify(name)} (lower-case letters, digits, dots, dashes and underscores, beginning with a letter or digit, at most 128)`

/** What is wrong with the key of an entry; undefined: nothing. Run variables and the product's own names are reserved. */
export const entryKeyProblem = (key: string): string | undefined => {
  if (!ENTRY_KEY.test(key))
    return `invalid profile key: ${JSON.stringify(key)} (letters, digits and underscores, not beginning with a digit)`
  return /^(DAGU_|EDGEDAG_)/i.test(key) || isReadOnly(key)
    ? `profile key is reserved: ${JSON.stringify(key)}`
    : undefined
}

/** What is wrong with a secret's reference (`prod/db-password`); undefined: nothing. */
export const secretRefProblem = (ref: string): string | undefined => {
  const segments = ref.split('/')
  return ref.length <= MAX_REF && segments.length <= 8 && segments.every(segment => REF_SEGMENT.test(segment))
    ? undefined
    : `invalid secret ref: ${JSON.stringify(ref)} (segments of letters, digits, dots, dashes and underscores, separated by "/")`
}
