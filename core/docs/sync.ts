// What a host and the control plane do about one document that both may hold. Promise: no text is ever lost; a page's text stays under its
// name, and a host's that met another change is kept beside it.

/**
 * - `pull`, `push`: one side has changed.
 * - `remove`: it was deleted at the control plane, and the host still has what was deleted.
 * - `conflict`: both have changed.
 */
export type SyncAction = 'none' | 'pull' | 'push' | 'remove' | 'conflict'

/** By hashes, null: not there. `base`: what both had when they last agreed. */
export function syncAction(local: string | null, base: string | null, remote: string | null): SyncAction {
  if (local === remote) return 'none'
  // Deleted on the host alone: it stays away there until it changes at the control plane, and is deleted nowhere else.
  if (local === null) return remote === base ? 'none' : 'pull'
  if (remote === null) return local === base ? 'remove' : 'push'
  if (remote === base) return 'push'
  return local === base ? 'pull' : 'conflict'
}

const MAX_SEGMENT_CHARS = 128

/** The id under which a host's text is kept beside another one. The same text of the same host has the same id. */
export function conflictId(id: string, host: string, hash: string): string {
  const mark = ` (conflict ${host.replace(/[^\w.-]/g, '-').slice(0, 40)} ${hash.slice(0, 8)})`
  const [name = '', ...folders] = id.split('/').reverse()
  return [name.slice(0, MAX_SEGMENT_CHARS - mark.length) + mark, ...folders].reverse().join('/')
}
