// Sockets of pages. Promise: nothing is sent over one that was opened longer ago than a session's word is believed without being
// asked again; its page connects anew, and shows again who it is.
import type { ObjectHost, Socket } from '../host/port.ts'
import type { Kinds } from './contracts.ts'

/** A key that is taken away, or a session that ends, is felt by open pages after so long. */
export const MAX_SOCKET_AGE_MS = 15 * 60_000
const SINCE = 'since:'
/** Close code for pages: connect again. */
const SHOW_AGAIN = 4401

/** Upgrades a request of a page. */
export const acceptPage = (host: ObjectHost<Kinds>, tag: string, attachment: unknown): Response =>
  host.sockets.accept([tag, `${SINCE}${host.now()}`], attachment)

/** Sockets of pages with this tag; those that are too old are closed, and not among them. */
export function pagesOf(host: ObjectHost<Kinds>, tag: string): Socket[] {
  const oldest = host.now() - MAX_SOCKET_AGE_MS
  return host.sockets.all(tag).filter(socket => {
    const since = socket.tags.find(each => each.startsWith(SINCE))?.slice(SINCE.length)
    const isYoung = Number(since ?? 0) > oldest
    if (!isYoung) socket.close(SHOW_AGAIN, 'connect again')
    return isYoung
  })
}
