// Commands and scripts for POSIX shells (DESIGN.md 9): a value never becomes code. What the shell can look up is left to it;
// what it cannot becomes a generated variable; only here-documents with a quoted delimiter get the value itself.
// In single quotes the quotes are closed around the variable ('a'"${X}"'b'), so the value needs no escaping and stays out of argv.

import { isWrapped } from './expand.ts'
import type { GeneratedEnv } from './generated-env.ts'
import { type Reference, readReference, withoutPath } from './reference.ts'
import { type Names, resolveReference } from './resolve.ts'
import { type Quoting, type Replacement, type Site, scanShell } from './shell-scan.ts'

export interface ShellTextOptions {
  /** One-line commands fill in all declared names within single quotes, scripts only references and `"${V}"`. */
  kind: 'line' | 'script'
  /** Declared names only: what just the host has is left to the shell. */
  names: Names
  generated: GeneratedEnv
  /** The shell cannot slice (`${V:0:3}`): the engine does it. */
  slices?: boolean
}

/** Rewrites shell text so that every reference of the engine arrives as data, byte for byte. */
export const shellText = (text: string, options: ShellTextOptions): string => {
  if (!text.includes('$')) return text
  let jsonEnd = -1
  return scanShell(text, (at, site) => {
    const ref = readReference(text, at)
    if (ref === undefined) return undefined
    const replacement = fill({ text, ref, site, options, mayQuote: at !== jsonEnd })
    if (replacement?.dropQuote) jsonEnd = replacement.end
    return replacement
  })
}

interface Occurrence {
  text: string
  ref: Reference
  site: Site
  options: ShellTextOptions
  mayQuote: boolean
}

const fill = (occurrence: Occurrence): Replacement => {
  const { ref, options } = occurrence
  if (ref.path === undefined) return fillPlain(occurrence)
  const value = declaredValue(ref, options)
  if (value !== undefined) return insert(occurrence, value)
  return ref.braced ? undefined : fillPlain({ ...occurrence, ref: withoutPath(ref) })
}

const isLiteral = (quoting: Quoting): boolean =>
  quoting === 'single' || quoting === 'ansi' || quoting === 'quotedHeredoc'

/** A plain name: the shell's own business, unless it cannot see it (positionals) or stands in text that is not expanded. */
const fillPlain = (occurrence: Occurrence): Replacement => {
  const { text, ref, site, options } = occurrence
  const asJson = isJsonString(occurrence) && site.quoting !== 'unquoted' && site.quoting !== 'double'
  if (!asJson && !isOurs(text, ref, site, options)) return undefined
  const value = declaredValue(ref, options)
  return value === undefined ? undefined : insert(occurrence, value)
}

const isOurs = (text: string, ref: Reference, site: Site, options: ShellTextOptions): boolean => {
  if (isLiteral(site.quoting)) {
    return options.kind === 'line' && site.quoting !== 'quotedHeredoc' && !isWrapped(text, ref, "'")
  }
  if (/^\d/.test(ref.name)) return true
  const isSlice = ref.operation?.kind === 'slice' && options.slices === true && options.kind === 'line'
  return isSlice && !new RegExp(`\\b${ref.name}=`).test(text)
}

const isJsonString = ({ text, ref, mayQuote }: Occurrence): boolean =>
  mayQuote && ref.braced && isWrapped(text, ref, '"')

/** The value of a name that is declared. `$0` and defaults of unknown names are the shell's. */
const declaredValue = (ref: Reference, { names }: ShellTextOptions): string | undefined => {
  if (ref.path === undefined && names.variable(ref.name) === undefined) return undefined
  return resolveReference(ref, names, word => word)
}

const insert = (occurrence: Occurrence, found: string): Replacement => {
  const { ref, site, options } = occurrence
  const value = found.includes('\0') ? found.replaceAll('\0', '') : found
  const asJson = site.quoting !== 'unquoted' && site.quoting !== 'double' && isJsonString(occurrence)
  const text = write(asJson ? JSON.stringify(value) : value, occurrence, options.generated)
  return asJson ? { text, end: ref.end + 1, dropQuote: true } : { text, end: ref.end }
}

const write = (value: string, { text, ref, site, options }: Occurrence, generated: GeneratedEnv): string => {
  if (site.quoting === 'quotedHeredoc') return value
  if (generated.isTooLong(value)) {
    // A script file has no limit of length, so a single-quoted text may hold the value itself.
    if (site.quoting === 'single' && options.kind === 'script' && !site.inBackticks)
      return value.replaceAll("'", `'\\''`)
    generated.oversized.push(text.slice(ref.start, ref.end))
    return ''
  }
  const variable = `\${${generated.add(value)}}`
  if (site.quoting === 'single') return `'"${variable}"'`
  if (site.quoting === 'ansi') return `'"${variable}"$'`
  return variable
}
