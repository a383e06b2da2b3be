// What a portable step type is: the same object runs on a host and at the edge, behind ports that both can offer.

/** What the step is told to do, with all references filled in. */
export interface StepRequest {
  config: Record<string, unknown>
  commands: readonly string[]
  script?: string
}

export interface FetchInit {
  method: string
  headers: [name: string, value: string][]
  body?: string
  signal: AbortSignal
  /** Certificates are not checked; only where the place can do so. */
  skipTlsVerify?: boolean
}

/** The part of a fetch Response that steps read. */
export interface FetchResponse {
  status: number
  statusText: string
  headers: Iterable<[name: string, value: string]>
  body: { getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(): Promise<unknown> } } | null
}

export interface StepPorts {
  /** Adds to a log of the step. */
  write(stream: 'stdout' | 'stderr', text: string): void
  /** The step has to end. */
  signal: AbortSignal
  now(): number
  fetch(url: string, init: FetchInit): Promise<FetchResponse>
  sendMail: MailPort
  /** Reads a file of the host; absent where there are none. Rejects with a sentence. */
  readFile?(path: string, maxBytes: number): Promise<Uint8Array>
  /** Writes a file of the host whole or not at all, with the folders that it needs; absent where there are none. */
  writeFile?(path: string, text: string): Promise<void>
  /** What may be shown of the logs of these step attempts, or of all steps so far, as they end; absent where there are none at hand. */
  runLogs?(steps: readonly { name: string; attempt: number }[] | 'all', maxBytes: number): Attachment[]
  /** Names this attempt of the step all over the world: what comes of it can be recognised. */
  identity: string
  /** Most that is kept in memory of an answer. */
  maxBodyBytes: number
}

export interface StepEnd {
  exitCode: number
  /** Why it failed, in a sentence; absent after success. */
  error?: string
}

export interface PortableStep {
  types: readonly string[]
  /** Doing it again changes nothing in the world: it may be repeated when nobody knows how it ended. */
  isRepeatable(request: StepRequest): boolean
  /** Never rejects for what its input or the world does. */
  execute(request: StepRequest, ports: StepPorts): Promise<StepEnd>
}

/** Sends one message (steps/smtp/send.ts); absent `server` fields are told as mistakes. */
export type MailPort = (server: SmtpServer, mail: OutgoingMail, signal?: AbortSignal) => Promise<MailOutcome>

export interface SmtpServer {
  host: string
  port: number
  username?: string
  password?: string
  /** TLS from the first byte; absent: the port says so. */
  implicitTls?: boolean
}

export interface Attachment {
  name: string
  content: Uint8Array
}

export interface OutgoingMail {
  from: string
  to: string[]
  subject: string
  html: string
  attachments?: Attachment[]
  /** Without its domain: the same for the same piece of news, so that a receiver recognises a repetition. */
  id: string
  at: number
}

/**
 * `isSent` of a failure: `no` is certain, `partly` went to some recipients, `unknown` may have been sent (contact was lost after the text).
 * `isTemporary`: the same may work later.
 */
export type MailOutcome =
  | { ok: true; response: string }
  | { ok: false; message: string; isSent: 'no' | 'partly' | 'unknown'; isTemporary: boolean }

export const failed = (error: string, exitCode = 1): StepEnd => ({ exitCode, error })
