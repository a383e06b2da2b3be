// A control plane that no longer answers (it was told to end and keeps old connections, it hangs, or it died while it was being
// started) is brought back: runs and schedules depend on it. A plain crash needs nothing of this: Miniflare starts again what has died.

import { get } from 'node:http'

const INTERVAL_MS = 5_000
const ANSWER_MS = 20_000
/** Silent so often in a row. A busy machine may need long for one answer; a port where nobody listens is plain. */
const SILENT_LIMIT = 4
const REFUSED_LIMIT = 3

/** `refused`: nobody listens, or the connection is cut at once. */
export type Probe = 'answers' | 'silent' | 'refused'

/**
 * Does anything answer there within 20 seconds? Any HTTP status counts. Always over a connection of its own: one that is told to
 * end goes on serving those that it has.
 */
export const probeUrl = (url: string): Promise<Probe> =>
  new Promise(resolve => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(ANSWER_MS) }, response => {
      response.resume()
      resolve('answers')
    })
    request.on('error', error => resolve(error.name === 'AbortError' ? 'silent' : 'refused'))
  })

/** Counts what probes in a row found: true when the control plane has to be brought back. */
export function createVerdict(): (found: Probe) => boolean {
  let silent = 0
  let refused = 0
  return found => {
    silent = found === 'answers' ? 0 : silent + 1
    refused = found === 'refused' ? refused + 1 : 0
    if (silent < SILENT_LIMIT && refused < REFUSED_LIMIT) return false
    silent = 0
    refused = 0
    return true
  }
}

/** Looks every five seconds until the answer is called. `revive` never rejects; nobody looks while it is at work. */
export function watchControlPlane(o: { probe(): Promise<Probe>; revive(): Promise<void> }): () => void {
  const verdict = createVerdict()
  let ended = false
  let timer: NodeJS.Timeout
  const look = async (): Promise<void> => {
    const found = await o.probe()
    if (ended) return
    if (verdict(found)) await o.revive()
    if (ended) return
    timer = setTimeout(look, INTERVAL_MS)
  }
  timer = setTimeout(look, INTERVAL_MS)
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
