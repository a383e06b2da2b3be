// DAG_RUN_LOG_FILE: one `time=… level=… msg=…` line per event of the run on this host, written within half a second.
import { appendFileSync } from 'node:fs'
import type { AgentEvent } from '@edgedag/core/protocol/frames'

const FLUSH_MS = 500

export class RunLogFile {
  readonly #path: string
  #lines = ''
  #timer: NodeJS.Timeout | undefined

  /** The file is there from the first step on: a step may ask for it, or attach it. */
  constructor(path: string) {
    this.#path = path
    this.#append('')
  }

  add(event: AgentEvent): void {
    const line = lineOf(event)
    if (line === undefined) return
    this.#lines += line
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#flush()
  }

  #flush(): void {
    this.#timer = undefined
    const lines = this.#lines
    this.#lines = ''
    if (lines !== '') this.#append(lines)
  }

  #append(lines: string): void {
    try {
      // Not in the background: a run that is forgotten meanwhile must not leave a file behind.
      appendFileSync(this.#path, lines)
    } catch {
      // Best effort: the record of the run is the control plane's.
    }
  }
}

const lineOf = (event: AgentEvent): string | undefined => {
  const line = (level: string, message: string, fields = ''): string =>
    `time=${new Date(event.at).toISOString()} level=${level} msg=${JSON.stringify(message)}${fields}\n`
  switch (event.type) {
    case 'prepared':
      return event.error === undefined
        ? line('info', 'run prepared')
        : line('error', 'run could not be prepared', ` error=${JSON.stringify(event.error)}`)
    case 'started':
      return line('info', 'step started', ` step=${JSON.stringify(event.step)} attempt=${event.attempt}`)
    case 'finished': {
      const error = event.error === undefined ? '' : ` error=${JSON.stringify(event.error)}`
      const fields = ` step=${JSON.stringify(event.step)} attempt=${event.attempt} outcome=${event.outcome} exitCode=${event.exitCode}`
      return line(event.outcome === 'failed' ? 'error' : 'info', 'step finished', fields + error)
    }
    case 'stopped':
      return line('info', 'stopped')
    default:
      return undefined
  }
}
