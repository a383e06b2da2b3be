// The configured queues. Promise: a queue that a configuration file names is the file's alone; one that leaves the file, or that somebody
// removes, keeps its size until nothing runs or waits in it. The row changes after its Queue has heard, so that a crash in between is mended
// by the next try.
import { err, ok, type Result } from '@edgedag/core/result'
import type { ObjectHost } from '../../host/port.ts'
import type { ConfiguredQueue, Kinds } from '../contracts.ts'

type Refusal = { code: 'conflict'; message: string }
type Row = { name: string; max: number; file: string | null }

export class DirectoryQueues {
  readonly #host: ObjectHost<Kinds>

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  all(): ConfiguredQueue[] {
    return this.#host.sql
      .exec<Row>('SELECT name, max, file FROM queue ORDER BY name')
      .map(({ name, max, file }) => ({ name, maxConcurrency: max, file }))
  }

  /** What people set: refused for a queue of the configuration file. Null: it is configured no longer. */
  async set(name: string, maxConcurrency: number | null): Promise<Result<null, Refusal>> {
    const file = this.#fileOf(name)
    if (file !== null)
      return err({
        code: 'conflict',
        message: `queue ${name} is set in ${file}: change it there, the server reads it again`,
      })
    await this.#write(name, maxConcurrency, null)
    return ok(null)
  }

  /** All queues of the configuration file. It takes over those that people have set; those that have left it are configured no longer. */
  async setFromFile(file: string, queues: readonly { name: string; maxConcurrency: number }[]): Promise<void> {
    const named = new Set(queues.map(({ name }) => name))
    const gone = this.all().filter(queue => queue.file !== null && !named.has(queue.name))
    await Promise.all([
      ...queues.map(({ name, maxConcurrency }) => this.#write(name, maxConcurrency, file)),
      ...gone.map(({ name }) => this.#write(name, null, null)),
    ])
  }

  async #write(name: string, maxConcurrency: number | null, file: string | null): Promise<void> {
    await this.#host.object('queue', name).configure(maxConcurrency)
    if (maxConcurrency === null) this.#host.sql.exec('DELETE FROM queue WHERE name = ?', name)
    else
      this.#host.sql.exec('INSERT OR REPLACE INTO queue (name, max, file) VALUES (?, ?, ?)', name, maxConcurrency, file)
  }

  #fileOf(name: string): string | null {
    return this.#host.sql.exec<{ file: string | null }>('SELECT file FROM queue WHERE name = ?', name)[0]?.file ?? null
  }
}
