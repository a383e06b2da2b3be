// Masks secrets in text (semantics 6.5, DESIGN.md 8): exact, in base64, URL-encoded and JSON-escaped forms, across chunk borders.

/** What stands in place of a secret. */
export const MASK = '*******'

export interface Masker {
  /** Masks a whole text. */
  mask(text: string): string
  /** A stream of chunks; what could be the beginning of a secret is held back until the next chunk or the end. */
  stream(): MaskStream
}

export interface MaskStream {
  push(chunk: string): string
  end(): string
}

/** A masker for these values; empty ones are ignored. Longer ones go first, so that a secret within another leaves nothing. */
export const createMasker = (secrets: Iterable<string>): Masker => {
  const forms = new Set<string>()
  for (const secret of secrets) for (const form of formsOf(secret)) forms.add(form)
  const needles = [...forms].sort((a, b) => b.length - a.length)
  if (needles.length === 0) return { mask: text => text, stream: () => ({ push: chunk => chunk, end: () => '' }) }
  const pattern = new RegExp(needles.map(escapeRegex).join('|'), 'g')
  const mask = (text: string): string => text.replace(pattern, MASK)
  return { mask, stream: () => createStream(pattern, needles) }
}

const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const createStream = (pattern: RegExp, needles: readonly string[]): MaskStream => {
  const longest = needles[0]!.length
  let held = ''
  const release = (final: boolean): string => {
    let out = ''
    let at = 0
    // A match counts when no longer one could begin earlier or at the same place with what is still to come.
    const safe = final ? held.length : held.length - longest + 1
    pattern.lastIndex = 0
    for (let match = pattern.exec(held); match !== null && match.index < safe; match = pattern.exec(held)) {
      out += held.slice(at, match.index) + MASK
      at = match.index + match[0].length
    }
    const keep = Math.max(at, final ? held.length : keepFrom(held, at, safe, needles))
    out += held.slice(at, keep)
    held = held.slice(keep)
    return out
  }
  return {
    push(chunk) {
      held += chunk
      return release(false)
    },
    end: () => release(true),
  }
}

/** First place from `safe` on where the rest of the text is the beginning of a needle: from there on it must wait. */
const keepFrom = (held: string, from: number, safe: number, needles: readonly string[]): number => {
  for (let at = Math.max(from, safe, 0); at < held.length; at++) {
    const rest = held.slice(at)
    if (needles.some(needle => needle.startsWith(rest) || rest.startsWith(needle))) return at
  }
  return held.length
}

/** Base64 of fewer characters than this would mask what is no secret. */
const MIN_BASE64 = 8

/** The texts in which a secret may show itself. */
const formsOf = (secret: string): string[] => {
  if (secret === '') return []
  const trimmed = secret.trim()
  const plain = trimmed === '' || trimmed === secret ? [secret] : [secret, trimmed]
  const forms = plain.flatMap(text => [
    text,
    JSON.stringify(text).slice(1, -1),
    urlEncoded(text),
    urlEncoded(text).replaceAll('%20', '+'),
    ...base64Forms(text),
  ])
  return [...new Set(forms)].filter(form => form !== '')
}

const urlEncoded = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** Base64 of the secret at each of the three alignments, without the characters that depend on its neighbours. */
const base64Forms = (text: string): string[] => {
  const bytes = utf8(text)
  return [0, 1, 2].flatMap(shift => {
    const encoded = base64([...new Array<number>(shift).fill(0), ...bytes])
    const start = shift === 0 ? 0 : shift === 1 ? 2 : 3
    const form = encoded.slice(start, Math.floor(((bytes.length + shift) * 8) / 6))
    return form.length < MIN_BASE64 ? [] : [form, form.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const base64 = (bytes: readonly number[]): string => {
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    for (const shift of [18, 12, 6, 0]) out += ALPHABET[(word >> shift) & 63]
  }
  return out
}

const utf8 = (text: string): number[] => {
  const bytes: number[] = []
  for (const char of text.toWellFormed()) {
    const code = char.codePointAt(0)!
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return bytes
}
