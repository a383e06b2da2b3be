// From a token to a principal. Promise: a token is only ever looked up by its hash, a verified one is believed for at most
// 5 s after that, and an unknown one is asked for again each time.

import type { Stub } from '../host/port.ts'
import type { DirectoryApi } from '../objects/contracts.ts'
import { sha256Hex } from './hash.ts'

export interface Principal {
  kind: 'key' | 'session' | 'runner'
  id: string
  name: string
  role: string
  /** Documents that a runner's credential reaches; absent: all. */
}

const CACHE_TTL_MS = 5_000
const CACHE_ENTRIES = 1_000
/** The shortest text that may be an installation's first key. */
export const MIN_BOOTSTRAP_CHARS = 16

interface Options {
  directory: () => Stub<DirectoryApi>
  now: () => number
  /** The installation's first key, from the host's environment. */
  bootstrapToken?: string
}

export class Authenticator {
  private readonly cache = new Map<string, { principal: Principal; until: number }>()
  private readonly options: Options
  private bootstrapped: Promise<void> | null = null

  constructor(options: Options) {
    this.options = options
  }

  /** Who a token belongs to; null: nobody. */
  async principalOf(token: string): Promise<Principal | null> {
    const hash = await sha256Hex(token)
    const now = this.options.now()
    const cached = this.cache.get(hash)
    if (cached !== undefined && cached.until > now) return cached.principal
    await this.bootstrap()
    const principal = await this.options.directory().principal(hash)
    this.cache.delete(hash)
    if (principal !== null) this.remember(hash, { principal, until: now + CACHE_TTL_MS })
    return principal
  }

  /** Makes this isolate forget a token at once; others follow within the cache's time. */
  async forget(token: string): Promise<void> {
    this.cache.delete(await sha256Hex(token))
  }

  private remember(hash: string, entry: { principal: Principal; until: number }): void {
    if (this.cache.size >= CACHE_ENTRIES) {
      const oldest = this.cache.keys().next().value
      if (oldest !== undefined) this.cache.delete(oldest)
    }
    this.cache.set(hash, entry)
  }

  /** Once per isolate; a failed attempt is made again by the next request. */
  private bootstrap(): Promise<void> {
    const token = this.options.bootstrapToken
    if (token === undefined || token.length < MIN_BOOTSTRAP_CHARS) return Promise.resolve()
    this.bootstrapped ??= sha256Hex(token)
      .then(hash => this.options.directory().ensureBootstrapKey(hash))
      .catch(error => {
        this.bootstrapped = null
        throw error
      })
    return this.bootstrapped
  }
}
