// What both runtimes of portable steps (workerd and Node) offer, and nothing else: that is what keeps a step portable.

interface AbortSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}

declare class TextDecoder {
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string
}

declare class URL {
  constructor(url: string)
  static canParse(url: string): boolean
  readonly protocol: string
  readonly hostname: string
  readonly origin: string
  readonly searchParams: { append(name: string, value: string): void }
  toString(): string
}

declare function setTimeout(callback: () => void, ms: number): unknown
declare function clearTimeout(timer: unknown): void

declare module 'node:net' {
  export interface Socket {
    once(event: string, listener: (error: Error & { code?: string }) => void): this
    off(event: string, listener: (error: Error & { code?: string }) => void): this
    destroy(): void
  }
  export function connect(options: { host: string; port: number }): Socket
  export function isIP(text: string): number
}

declare module 'node:tls' {
  import type { Socket } from 'node:net'
  export function connect(options: { host: string; port: number; servername?: string }): Socket
}

// The parts of nodemailer that are used; its own types need all of Node's.
declare module 'nodemailer/lib/smtp-connection' {
  import type { Socket } from 'node:net'

  export interface SmtpError extends Error {
    code?: string
    command?: string
    response?: string
    responseCode?: number
    rejectedErrors?: (SmtpError & { recipient?: string })[]
  }
  export interface SentInfo {
    accepted: string[]
    rejected: string[]
    rejectedErrors?: (SmtpError & { recipient?: string })[]
    response: string
  }
  export default class SMTPConnection {
    constructor(options: {
      host: string
      port: number
      secure: boolean
      secured: boolean
      name?: string
      connection: Socket
      connectionTimeout: number
      greetingTimeout: number
      socketTimeout: number
    })
    readonly secure: boolean
    readonly allowsAuth: boolean
    on(event: 'error', listener: (error: SmtpError) => void): void
    on(event: 'end', listener: () => void): void
    connect(done: (error?: SmtpError | null) => void): void
    login(auth: { credentials: { user: string; pass: string } }, done: (error?: SmtpError | null) => void): void
    send(
      envelope: { from: string; to: string[] },
      message: Uint8Array | string,
      done: (error: SmtpError | null, info?: SentInfo) => void,
    ): void
    reset(done: (error?: SmtpError | null) => void): void
    quit(): void
    close(): void
  }
}

declare module 'nodemailer/lib/mail-composer' {
  export interface ComposerOptions {
    from: string
    to: string[]
    subject: string
    html: string
    messageId?: string
    date?: Date
    headers?: Record<string, string>
    attachments?: { filename: string; content: Uint8Array; contentType?: string }[]
    disableFileAccess: true
    disableUrlAccess: true
  }
  export default class MailComposer {
    constructor(options: ComposerOptions)
    compile(): {
      build(done: (error: Error | null, message: Uint8Array) => void): void
      getEnvelope(): { from: string | false; to: string[] }
    }
  }
}
