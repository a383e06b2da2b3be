// A line of a log in the address: `line=12`.

/** The 1-based number; undefined where there is none, or what stands there is none. */
export function lineOf(value: string | null): number | undefined {
  return value !== null && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined
}

/** Lines shown before one that is linked to. */
export const LINES_BEFORE = 20

/** Lines that are loaded at most to reach one that is linked to; farther ones are in the download. */
export const MAX_REACH = 50_000
