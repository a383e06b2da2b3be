// The control plane's documents as an agent asks for them.
import type { Answers } from '@edgedag/core/api/generated/answers'

const TIMEOUT_MS = 30_000

export class DocClient {
  readonly #url: string
  readonly #credential: string
  #known: { etag: string; docs: Map<string, string> } | null = null

  constructor({ url, credential }: { url: string; credential: string }) {
    this.#url = url
    this.#credential = credential
  }

  /** Hashes by id; the list is sent only when it has changed. */
  async list(): Promise<ReadonlyMap<string, string>> {
    const answer = await this.#ask('GET', '', { headers: this.#known ? { 'if-none-match': this.#known.etag } : {} })
    if (answer.status === 304 && this.#known) return this.#known.docs
    if (answer.status === 403) throw new Error('this runner is given no documents')
    if (!answer.ok) throw new Error(`the list of documents: HTTP ${answer.status}`)
    const { docs } = (await answer.json()) as Answers['GET /runner/docs']
    const etag = answer.headers.get('etag')
    const known = new Map(docs.map(({ id, hash }) => [id, hash]))
    this.#known = etag === null ? null : { etag, docs: known }
    return known
  }

  /** The list is asked for anew. */
  forget(): void {
    this.#known = null
  }

  /** Null: it is gone. */
  async get(id: string): Promise<string | null> {
    const answer = await this.#ask('GET', `/doc?path=${encodeURIComponent(id)}`)
    if (answer.status === 404) return null
    if (!answer.ok) throw new Error(`${id}: HTTP ${answer.status}`)
    return ((await answer.json()) as Answers['GET /runner/docs/doc']).content
  }

  /** `ifHash`: what it replaces, null: nothing. */
  async put(id: string, content: string, ifHash: string | null): Promise<'stored' | 'changed' | 'refused'> {
    const body = JSON.stringify({ id, content, ifHash })
    const answer = await this.#ask('PUT', '', { body, headers: { 'content-type': 'application/json' } })
    if (answer.ok) return 'stored'
    if (answer.status === 409) return 'changed'
    if ([400, 403, 413].includes(answer.status)) return 'refused'
    throw new Error(`${id}: HTTP ${answer.status}`)
  }

  #ask(method: string, path: string, { headers, ...init }: { headers?: Record<string, string>; body?: string } = {}) {
    return fetch(new URL(`/api/v1/runner/docs${path}`, this.#url), {
      method,
      headers: { authorization: `Bearer ${this.#credential}`, ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...init,
    })
  }
}
