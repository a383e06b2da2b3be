// What a file is, by its name and first bytes: how it is shown, and as what it is sent. Pure.
export type ArtifactKind = 'text' | 'markdown' | 'image' | 'binary'

const TYPES: Record<string, string> = {
  txt: 'text/plain',
  log: 'text/plain',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  md: 'text/markdown',
  markdown: 'text/markdown',
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  xml: 'application/xml',
  json: 'application/json',
  jsonl: 'application/jsonl',
  ndjson: 'application/jsonl',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  toml: 'application/toml',
  js: 'text/javascript',
  ts: 'text/plain',
  py: 'text/plain',
  sh: 'text/plain',
  sql: 'text/plain',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  zip: 'application/zip',
  gz: 'application/gzip',
  tar: 'application/x-tar',
  parquet: 'application/vnd.apache.parquet',
}

const TEXTUAL = /^(text\/|application\/(json|jsonl|yaml|toml|xml)$)/

/** Media type by the ending of the name. */
export const mimeTypeOf = (path: string): string =>
  TYPES[/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream'

/** True for bytes that look like text: UTF-8 without NUL. A character that the cut divides is no fault. */
export function looksLikeText(head: Uint8Array): boolean {
  if (head.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/** `head`: the first bytes of the file. Bytes decide between text and binary, also against the name. */
export function kindOf(path: string, head: Uint8Array): { kind: ArtifactKind; mimeType: string } {
  const mimeType = mimeTypeOf(path)
  if (mimeType.startsWith('image/')) return { kind: 'image', mimeType }
  const isText = (TEXTUAL.test(mimeType) || mimeType === 'application/octet-stream') && looksLikeText(head)
  if (!isText) return { kind: 'binary', mimeType: TEXTUAL.test(mimeType) ? 'application/octet-stream' : mimeType }
  if (mimeType === 'text/markdown') return { kind: 'markdown', mimeType }
  return { kind: 'text', mimeType: mimeType === 'application/octet-stream' ? 'text/plain' : mimeType }
}
