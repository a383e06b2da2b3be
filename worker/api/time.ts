// Times as the API writes them.

/** RFC 3339, whole seconds, UTC; `''` for null: not yet. */
export const timeText = (epochMs: number | null): string =>
  epochMs === null ? '' : `${new Date(epochMs).toISOString().slice(0, 19)}Z`
