// Bytes as base64 and base32, and back. Pure: no platform has to offer it.

interface Base {
  name: string
  alphabet: string
  bits: number
  /** Characters of a full group. */
  group: number
}

export const BASE64: Base = {
  name: 'base64',
  alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  bits: 6,
  group: 4,
}
export const BASE32: Base = { name: 'base32', alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', bits: 5, group: 8 }

export function encodeBase({ alphabet, bits, group }: Base, bytes: ArrayLike<number>): string {
  let out = ''
  let [held, count] = [0, 0]
  for (let at = 0; at < bytes.length; at++) {
    held = (held << 8) | bytes[at]!
    for (count += 8; count >= bits; ) {
      count -= bits
      out += alphabet[(held >> count) & (2 ** bits - 1)]
      held &= 2 ** count - 1
    }
  }
  if (count > 0) out += alphabet[(held << (bits - count)) & (2 ** bits - 1)]
  return out.padEnd(Math.ceil(out.length / group) * group, '=')
}

/** The bytes; undefined where the text is not of this base. */
export function decodeBase({ alphabet, bits }: Base, encoded: string): number[] | undefined {
  const bytes: number[] = []
  let [held, count] = [0, 0]
  for (const char of encoded.replace(/\s/g, '').replace(/=+$/, '')) {
    const value = alphabet.indexOf(char)
    if (value < 0) return undefined
    held = (held << bits) | value
    count += bits
    if (count < 8) continue
    count -= 8
    bytes.push((held >> count) & 255)
    held &= 2 ** count - 1
  }
  return bytes
}
