// Encodings and checksums of texts: JSON, base64, base32, sums. All are functions of their input alone.
import { BASE32, BASE64, decodeBase, encodeBase } from '../../base-encoding.ts'
import { utf8 } from '../../utf8.ts'
import { type Functions, TemplateError, text, withMust } from './values.ts'

/** The text that bytes stand for. Throws where they are no UTF-8. */
function fromUtf8(bytes: number[]): string {
  try {
    return decodeURIComponent(bytes.map(byte => `%${byte.toString(16).padStart(2, '0')}`).join(''))
  } catch {
    throw new TemplateError('the decoded bytes are no text')
  }
}

function decode(base: typeof BASE64, encoded: string): number[] {
  const bytes = decodeBase(base, encoded)
  if (bytes === undefined) throw new TemplateError(`${JSON.stringify(encoded.slice(0, 60))} is no ${base.name}`)
  return bytes
}

const rotateRight = (word: number, by: number): number => (word >>> by) | (word << (32 - by))
const rotateLeft = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/** Blocks of sixteen 32-bit words, padded as SHA-1 and SHA-256 ask for. */
function* blocks(bytes: number[]): Generator<number[]> {
  const length = bytes.length * 8
  const padded = [...bytes, 0x80]
  while (padded.length % 64 !== 56) padded.push(0)
  for (const part of [Math.floor(length / 2 ** 32), length >>> 0])
    padded.push(part >>> 24, (part >>> 16) & 255, (part >>> 8) & 255, part & 255)
  for (let from = 0; from < padded.length; from += 64) {
    yield Array.from({ length: 16 }, (_, i) => {
      const at = from + i * 4
      return (padded[at]! << 24) | (padded[at + 1]! << 16) | (padded[at + 2]! << 8) | padded[at + 3]!
    })
  }
}

/** Fractional bits of roots of the first primes, from which SHA-256 takes its constants. */
function rootsOfPrimes(count: number, root: (prime: number) => number): number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n += 1) if (primes.every(prime => n % prime !== 0)) primes.push(n)
  return primes.map(prime => ((root(prime) % 1) * 2 ** 32) | 0)
}

const ROUNDS = rootsOfPrimes(64, Math.cbrt)
const START = rootsOfPrimes(8, Math.sqrt)

const hexOf = (words: number[]): string => words.map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')

function sha256(bytes: number[]): string {
  const sum = [...START]
  for (const words of blocks(bytes)) {
    for (let i = 16; i < 64; i += 1) {
      const [a, b] = [words[i - 15]!, words[i - 2]!]
      const low = rotateRight(a, 7) ^ rotateRight(a, 18) ^ (a >>> 3)
      const high = rotateRight(b, 17) ^ rotateRight(b, 19) ^ (b >>> 10)
      words[i] = (words[i - 16]! + low + words[i - 7]! + high) | 0
    }
    let [a, b, c, d, e, f, g, h] = sum as [number, number, number, number, number, number, number, number]
    for (let i = 0; i < 64; i += 1) {
      const first =
        h +
        (rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)) +
        ((e & f) ^ (~e & g)) +
        ROUNDS[i]! +
        words[i]!
      const second = (rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) sum[i] = (sum[i]! + word) | 0
  }
  return hexOf(sum)
}

function sha1(bytes: number[]): string {
  const sum = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
  for (const words of blocks(bytes)) {
    for (let i = 16; i < 80; i += 1)
      words[i] = rotateLeft(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1)
    let [a, b, c, d, e] = sum as [number, number, number, number, number]
    for (let i = 0; i < 80; i += 1) {
      const quarter = Math.floor(i / 20)
      const mixed = quarter === 0 ? (b & c) | (~b & d) : quarter === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d
      const round = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][quarter]!
      ;[e, d, c, b, a] = [d, c, rotateLeft(b, 30), a, (rotateLeft(a, 5) + mixed + e + round + words[i]!) | 0]
    }
    for (const [i, word] of [a, b, c, d, e].entries()) sum[i] = (sum[i]! + word) | 0
  }
  return hexOf(sum)
}

function adler32(bytes: number[]): string {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return String(b * 65536 + a)
}

const parsed = (value: unknown): unknown => {
  try {
    return JSON.parse(text(value)) as unknown
  } catch {
    throw new TemplateError('fromJson: the text is not JSON')
  }
}

const json = (value: unknown): string => JSON.stringify(value ?? null)

export const encoding: Functions = {
  json,
  ...withMust({
    toJson: json,
    toRawJson: json,
    toPrettyJson: value => JSON.stringify(value ?? null, null, 2),
    fromJson: parsed,
  }),
  b64enc: value => encodeBase(BASE64, utf8(text(value))),
  b64dec: value => fromUtf8(decode(BASE64, text(value))),
  b32enc: value => encodeBase(BASE32, utf8(text(value))),
  b32dec: value => fromUtf8(decode(BASE32, text(value))),
  sha1sum: value => sha1(utf8(text(value))),
  sha256sum: value => sha256(utf8(text(value))),
  adler32sum: value => adler32(utf8(text(value))),
}
