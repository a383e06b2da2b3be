// What stands around one case: a fresh folder, the servers that it asks for, and its text with all placeholders filled in.
// Promise: nothing of it is left when the case is over, whatever happened.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fill, type LoadedCase } from './case-file.ts'
import { type HttpServer, startHttpServer } from './servers/http-server.ts'
import { type SmtpSink, startSmtpSink } from './servers/smtp-sink.ts'

export interface CaseWorld {
  c: LoadedCase
  /** `__WORKDIR__`. */
  dir: string
  http: HttpServer | undefined
  smtp: SmtpSink | undefined
}

/** Files of a case below its folder; scripts are executable. */
export function writeFiles(dir: string, files: Record<string, string> | undefined): void {
  for (const [name, content] of Object.entries(files ?? {})) {
    const path = resolve(dir, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    if (content.startsWith('#!')) chmodSync(path, 0o755)
  }
}

/** Calls `use` with the case as it is to be run. */
export async function withWorld<T>(source: LoadedCase, use: (world: CaseWorld) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'edgedag-case-'))
  const docsDir = mkdtempSync(join(tmpdir(), 'edgedag-docs-'))
  const http = source.http_server && (await startHttpServer(source.http_server.routes))
  const smtp = source.smtp_sink ? await startSmtpSink() : undefined
  try {
    const c = fill(source, {
      __WORKDIR__: dir,
      __DOCS_DIR__: docsDir,
      ...(http && { __HTTP_URL__: http.url }),
      ...(smtp && { __SMTP_HOST__: smtp.host, __SMTP_PORT__: String(smtp.port) }),
    })
    return await use({ c, dir, http, smtp })
  } finally {
    await Promise.all([http?.close(), smtp?.close()])
    for (const folder of [dir, docsDir]) rmSync(folder, { recursive: true, force: true })
  }
}
