// Cutting bytes at character borders: a viewer never sees half a character.

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

const lengthOf = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1)

/** Bytes at the front that belong to a character begun earlier (at most 3). */
export const leadingPart = (bytes: Uint8Array): number => {
  let count = 0
  while (count < 3 && count < bytes.length && isContinuation(bytes[count]!)) count++
  return count
}

/** Length without a character at the end that is not complete yet. Bytes that are not UTF-8 are left where they are. */
export const completeLength = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (isContinuation(byte)) continue
    return lengthOf(byte) > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** Number of line ends. */
export const countLineEnds = (bytes: Uint8Array): number => {
  let count = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++
  return count
}

/** Lines of a whole log: a last one without a line end counts. */
export const countLines = (bytes: Uint8Array): number =>
  countLineEnds(bytes) + (bytes.length > 0 && bytes[bytes.length - 1] !== 10 ? 1 : 0)
