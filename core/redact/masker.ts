// Masks secrets in text and in streams (semantics 6.5, DESIGN.md 8). No byte of a secret leaves, wherever chunks are cut and
// however secrets overlap.
import { secretForms } from './secret-forms.ts'

/** What stands in place of a secret. */
export const MASK = '*******'

export interface Masker {
  /** False: there is nothing to mask. */
  readonly active: boolean
  /** Masks a whole text. */
  mask(text: string): string
  /** Masks a stream of text. What may be the beginning of a secret is held back until the next chunk or the end. */
  stream(): MaskStream
}

export interface MaskStream {
  push(chunk: string): string
  end(): string
}

/** A masker for these values; empty ones are ignored. */
export const createMasker = (secrets: Iterable<string>): Masker => {
  const forms = new Set<string>()
  for (const secret of secrets) for (const form of secretForms(secret)) forms.add(form)
  // Longer ones first: of two that begin at the same place the whole one is masked.
  const needles = [...forms].sort((a, b) => b.length - a.length)
  if (needles.length === 0) {
    return { active: false, mask: text => text, stream: () => ({ push: chunk => chunk, end: () => '' }) }
  }
  const find = createFinder(needles)
  return {
    active: true,
    mask: text => release(text, find, { final: true, longest: 0, starts: () => false }).out,
    stream: () => createStream(needles, find),
  }
}

interface Span {
  start: number
  end: number
}

/** Finds the first span from `from` on that secrets cover; those that overlap are one span. */
type Find = (text: string, from: number) => Span | undefined

const createFinder = (needles: readonly string[]): Find => {
  const pattern = new RegExp(needles.map(escapeRegex).join('|'), 'g')
  const next = (text: string, from: number): Span | undefined => {
    pattern.lastIndex = from
    const match = pattern.exec(text)
    return match === null ? undefined : { start: match.index, end: match.index + match[0].length }
  }
  return (text, from) => {
    const span = next(text, from)
    if (span === undefined) return undefined
    for (let at = span.start + 1; at < span.end; ) {
      // Only as far as this span reaches: looking on through the whole text would be quadratic.
      const inner = next(text.slice(0, span.end + needles[0]!.length), at)
      if (inner === undefined || inner.start >= span.end) break
      span.end = Math.max(span.end, inner.end)
      at = inner.start + 1
    }
    return span
  }
}

const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

interface Window {
  final: boolean
  longest: number
  /** Could the text from `at` on be the beginning of a secret? */
  starts(text: string, at: number): boolean
}

/** A span that goes on for ever (`aaaa...` with the secret `aa`) is let go at this length. */
const MAX_HELD = 65_536

/** Masks what can be decided, and tells from where the rest must wait. */
const release = (text: string, find: Find, { final, longest, starts }: Window): { out: string; keep: number } => {
  const safe = final ? text.length : text.length - longest + 1
  let out = ''
  let at = 0
  for (let span = find(text, 0); span !== undefined; span = find(text, span.end)) {
    out += text.slice(at, span.start)
    at = span.start
    if (span.end > safe && span.end - span.start < MAX_HELD && !final) return { out, keep: at }
    out += MASK
    at = span.end
  }
  let keep = Math.max(at, safe, 0)
  while (keep < text.length && !starts(text, keep)) keep++
  return { out: out + text.slice(at, keep), keep }
}

const createStream = (needles: readonly string[], find: Find): MaskStream => {
  const firsts = new Set(needles.map(needle => needle[0]))
  const starts = (text: string, at: number): boolean => {
    if (!firsts.has(text[at])) return false
    const rest = text.slice(at)
    return needles.some(needle => needle.startsWith(rest))
  }
  const longest = needles[0]!.length
  let held = ''
  const flush = (final: boolean): string => {
    const { out, keep } = release(held, find, { final, longest, starts })
    held = held.slice(keep)
    return out
  }
  return {
    push(chunk) {
      held += chunk
      return flush(false)
    },
    end: () => flush(true),
  }
}
