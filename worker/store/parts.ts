// Long texts in rows. Promise: no part is over the platform's limit of 2 MB a value, and parts put together give the text again.

/** UTF-16 units of a part: three bytes each at most. */
const PART_UNITS = 600_000

/** At least one part, also of an empty text; no part ends within a surrogate pair. */
export function splitText(text: string, units = PART_UNITS): string[] {
  const parts: string[] = []
  for (let from = 0; from < text.length || parts.length === 0; ) {
    let to = Math.min(from + units, text.length)
    const last = text.charCodeAt(to - 1)
    if (to < text.length && to - from > 1 && last >= 0xd800 && last <= 0xdbff) to -= 1
    parts.push(text.slice(from, to))
    from = Math.max(to, from + 1)
  }
  return parts
}
