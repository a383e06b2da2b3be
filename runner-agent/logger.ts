// The agent's own log: one `time=… level=… msg=…` line per entry on stderr, no secrets in it.

export type Level = 'info' | 'warn' | 'error'
export type Logger = (level: Level, message: string, fields?: Record<string, string | number>) => void

/** Logs to a stream of text lines. */
export const lineLogger =
  (write: (line: string) => void, now: () => Date = () => new Date()): Logger =>
  (level, message, fields = {}) => {
    const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${quote(String(value))}`)
    write(`time=${now().toISOString()} level=${level} msg=${quote(message)}${rest.join('')}\n`)
  }

export const silentLogger: Logger = () => {}

const quote = (text: string): string => (/^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text))
