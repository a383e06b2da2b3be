// Live feeds of lists: what changed since the last patch, at most four times a second, numbered.
// Promise: nobody watching costs nothing; a watcher who sees a gap in the numbers fetches the list again.
import type { ObjectHost, Socket } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'
import { acceptPage, pagesOf } from '../live-sockets.ts'

const PATCH_MS = 250
export type ListTopic = 'dags' | 'runs'

interface Pending {
  items: Map<string, unknown>
  removed: Set<string>
}

/** What identifies a line within its list, and names it when it is removed: runs of two DAGs may have one id. */
const idOf = ({ name, dagRunId, fileName }: Record<string, unknown>): string =>
  dagRunId === undefined ? String(fileName) : `${name}/${dagRunId}`

export class LiveList {
  readonly #host: ObjectHost<Kinds>
  readonly #pending = new Map<ListTopic, Pending>()
  #flushing = false
  #seq: number

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    // Numbers need not be dense over restarts, only growing.
    this.#seq = host.now()
  }

  watchers(): number {
    return this.#host.sockets.all().length
  }

  accept(request: Request): Response {
    const url = new URL(request.url)
    const topic = url.searchParams.get('topic')
    if (topic !== 'dags' && topic !== 'runs') return new Response('unknown topic', { status: 400 })
    const response = acceptPage(this.#host, `topic:${topic}`, null)
    this.#host.background(this.#greet(topic))
    return response
  }

  /** The number from which the watcher follows; the list itself is fetched over REST. */
  async #greet(topic: ListTopic): Promise<void> {
    const text = JSON.stringify({ seq: this.#seq, topic, type: 'patch', items: [], removed: [] })
    for (const socket of this.#watching(topic)) socket.send(text)
  }

  changed(topic: ListTopic, items: Record<string, unknown>[], removed: string[]): void {
    if ((items.length === 0 && removed.length === 0) || this.#watching(topic).length === 0) return
    const pending = this.#pending.get(topic) ?? { items: new Map(), removed: new Set() }
    this.#pending.set(topic, pending)
    for (const item of items) pending.items.set(idOf(item), item)
    for (const id of removed) {
      pending.items.delete(id)
      pending.removed.add(id)
    }
    if (!this.#flushing) this.#host.background(this.#flush())
  }

  async #flush(): Promise<void> {
    this.#flushing = true
    try {
      while (this.#pending.size > 0) {
        await this.#host.pause(PATCH_MS)
        for (const [topic, pending] of this.#pending) this.#send(topic, pending)
        this.#pending.clear()
      }
    } finally {
      this.#flushing = false
    }
  }

  #send(topic: ListTopic, pending: Pending): void {
    this.#seq = Math.max(this.#seq + 1, this.#host.now())
    const text = JSON.stringify({
      seq: this.#seq,
      topic,
      type: 'patch',
      items: [...pending.items.values()],
      removed: [...pending.removed],
    })
    for (const socket of this.#watching(topic)) socket.send(text)
  }

  #watching(topic: ListTopic): Socket[] {
    return pagesOf(this.#host, `topic:${topic}`)
  }
}
