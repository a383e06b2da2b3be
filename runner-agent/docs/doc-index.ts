// What this host and the control plane had of each document when they last agreed. Promise: it belongs to one enrolment; another control
// plane is met as if nothing had ever been agreed, so that its lack of documents deletes none here.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

interface Stored {
  runnerId: string
  /** Hash by id. */
  agreed: [string, string][]
}

export class DocIndex {
  readonly #file: string
  readonly #runnerId: string
  readonly #agreed: Map<string, string>

  constructor(file: string, runnerId: string) {
    this.#file = file
    this.#runnerId = runnerId
    this.#agreed = new Map(read(file, runnerId))
  }

  get ids(): string[] {
    return [...this.#agreed.keys()]
  }

  base(id: string): string | null {
    return this.#agreed.get(id) ?? null
  }

  agree(id: string, hash: string): void {
    if (this.#agreed.get(id) === hash) return
    this.#agreed.set(id, hash)
    this.#write()
  }

  forget(id: string): void {
    if (this.#agreed.delete(id)) this.#write()
  }

  #write(): void {
    const stored: Stored = { runnerId: this.#runnerId, agreed: [...this.#agreed] }
    writeFileSync(`${this.#file}.tmp`, JSON.stringify(stored), { mode: 0o600 })
    renameSync(`${this.#file}.tmp`, this.#file)
  }
}

function read(file: string, runnerId: string): [string, string][] {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as Partial<Stored>
    return stored.runnerId === runnerId && Array.isArray(stored.agreed) ? stored.agreed : []
  } catch {
    return []
  }
}
