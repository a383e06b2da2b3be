// Packs: finished runs in one blob. Promise: each member is gzipped by itself, so that a byte range is enough to read one; the last
// member is an index of all runs, so that a pack can be read without any other record.
//
//   dag member(s) · per run: journal members, text members, head member · index member · u32 length of the index member · "EDPK"
import { gunzipSync, gzipSync } from 'node:zlib'

/** Offset and length in bytes. */
export type Range = [offset: number, length: number]

export interface JournalLine {
  seq: number
  at: number
  /** Keys of the logs whose text is in `data`, or was before it was packed. */
  logs: string[]
  data: string
}

export interface PackInput {
  runId: string
  dagHash: string
  dagJson: string
  /** State at the end, as a checkpoint. */
  checkpoint: string
  /** Journal rows without log texts, oldest first. */
  journal: Iterable<JournalLine>
  texts: Iterable<[key: string, text: string]>
}

export interface PackHead {
  v: 1
  runId: string
  checkpoint: string
  dag: Range
  journal: Range[]
  texts: Range[]
  /** Place of a log's text: number of the text member, then start and length in UTF-16 units. */
  logs: Record<string, [member: number, start: number, length: number]>
}

/** Raw UTF-16 units that a journal or text member is filled up to. */
const MEMBER_UNITS = 512 * 1024
const MAGIC = 'EDPK'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

class Writer {
  readonly chunks: Uint8Array<ArrayBuffer>[] = []
  bytes = 0

  add(text: string): Range {
    const raw = encoder.encode(text)
    const member = gzipSync(raw, compression(raw.byteLength))
    const range: Range = [this.bytes, member.byteLength]
    this.raw(member)
    return range
  }

  raw(chunk: Uint8Array<ArrayBuffer>): void {
    this.chunks.push(chunk)
    this.bytes += chunk.byteLength
  }
}

/** Most members are small: a window and tables of their size are made far faster, and compress as well. */
function compression(bytes: number): { windowBits: number; memLevel: number } {
  const windowBits = Math.min(Math.max(Math.ceil(Math.log2(bytes + 1)), 9), 15)
  return { windowBits, memLevel: windowBits - 7 }
}

/** The pack's bytes and where each run's head is in them. */
export function buildPack(runs: readonly PackInput[]): { bytes: Uint8Array<ArrayBuffer>; heads: Map<string, Range> } {
  const writer = new Writer()
  const dags = new Map<string, Range>()
  const heads = new Map<string, Range>()
  for (const run of runs) {
    const dag = dags.get(run.dagHash) ?? writer.add(run.dagJson)
    dags.set(run.dagHash, dag)
    heads.set(run.runId, writer.add(JSON.stringify(writeRun(writer, run, dag))))
  }
  const [, length] = writer.add(
    JSON.stringify([...heads].map(([runId, [offset, size]]) => ({ runId, offset, length: size }))),
  )
  const trailer = new Uint8Array(8)
  new DataView(trailer.buffer).setUint32(0, length)
  trailer.set(encoder.encode(MAGIC), 4)
  writer.raw(trailer)
  return { bytes: join(writer), heads }
}

function writeRun(writer: Writer, run: PackInput, dag: Range): PackHead {
  const head: PackHead = { v: 1, runId: run.runId, checkpoint: run.checkpoint, dag, journal: [], texts: [], logs: {} }
  let lines = ''
  for (const line of run.journal) {
    lines += `${JSON.stringify(line)}\n`
    if (lines.length < MEMBER_UNITS) continue
    head.journal.push(writer.add(lines))
    lines = ''
  }
  if (lines !== '') head.journal.push(writer.add(lines))
  let texts = ''
  for (const [key, text] of run.texts) {
    head.logs[key] = [head.texts.length, texts.length, text.length]
    texts += text
    if (texts.length < MEMBER_UNITS) continue
    head.texts.push(writer.add(texts))
    texts = ''
  }
  if (texts !== '') head.texts.push(writer.add(texts))
  return head
}

function join(writer: Writer): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(writer.bytes)
  let offset = 0
  for (const chunk of writer.chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

/** The text of a member. */
export const readMember = (bytes: ArrayBuffer): string => decoder.decode(gunzipSync(new Uint8Array(bytes)))

export const readHead = (bytes: ArrayBuffer): PackHead => JSON.parse(readMember(bytes)) as PackHead

export const readJournal = (member: string): JournalLine[] =>
  member
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as JournalLine)

/** The runs of a whole pack, from its index; null: these bytes are no pack. */
export function readPackIndex(
  bytes: Uint8Array<ArrayBuffer>,
): { runId: string; offset: number; length: number }[] | null {
  if (bytes.byteLength < 8 || decoder.decode(bytes.subarray(-4)) !== MAGIC) return null
  const end = bytes.byteLength - 8
  const length = new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0)
  return JSON.parse(readMember(bytes.slice(end - length, end).buffer))
}
