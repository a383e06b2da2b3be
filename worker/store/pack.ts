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
  /** Journal rows without log texts, oldest first, each with the texts that it brought. Read once, and held only until a member is full. */
  rows: Iterable<{ line: JournalLine; texts?: [key: string, text: string][] }>
}

/** Where a run is in its pack, and how many bytes of it are the run's alone. */
export interface PackedAt {
  head: Range
  bytes: number
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

/** The pack's bytes and where each run is in them. */
export function buildPack(runs: readonly PackInput[]): { bytes: Uint8Array<ArrayBuffer>; runs: Map<string, PackedAt> } {
  const writer = new Writer()
  const dags = new Map<string, Range>()
  const packed = new Map<string, PackedAt>()
  for (const run of runs) {
    const dag = dags.get(run.dagHash) ?? writer.add(run.dagJson)
    dags.set(run.dagHash, dag)
    const from = writer.bytes
    const head = writer.add(JSON.stringify(writeRun(writer, run, dag)))
    packed.set(run.runId, { head, bytes: writer.bytes - from })
  }
  return { bytes: finish(writer, packed), runs: packed }
}

/** A pack of runs that are in other packs: their members are copied as they are. `read` gives bytes of the run's present pack. */
export async function copyPack(
  heads: readonly PackHead[],
  read: (head: PackHead, range: Range) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; runs: Map<string, PackedAt> }> {
  const writer = new Writer()
  const dags = new Map<number, Range>()
  const packed = new Map<string, PackedAt>()
  const copy = async (head: PackHead, range: Range): Promise<Range> => {
    const to: Range = [writer.bytes, range[1]]
    writer.raw(await read(head, range))
    return to
  }
  for (const head of heads) {
    const dag = dags.get(head.dag[0]) ?? (await copy(head, head.dag))
    dags.set(head.dag[0], dag)
    const from = writer.bytes
    const moved: PackHead = { ...head, dag, journal: [], texts: [] }
    for (const range of head.journal) moved.journal.push(await copy(head, range))
    for (const range of head.texts) moved.texts.push(await copy(head, range))
    const at = writer.add(JSON.stringify(moved))
    packed.set(head.runId, { head: at, bytes: writer.bytes - from })
  }
  return { bytes: finish(writer, packed), runs: packed }
}

/** Writes the index of runs and the trailer. */
function finish(writer: Writer, packed: ReadonlyMap<string, PackedAt>): Uint8Array<ArrayBuffer> {
  const index = [...packed].map(([runId, { head }]) => ({ runId, offset: head[0], length: head[1] }))
  const [, length] = writer.add(JSON.stringify(index))
  const trailer = new Uint8Array(8)
  new DataView(trailer.buffer).setUint32(0, length)
  trailer.set(encoder.encode(MAGIC), 4)
  writer.raw(trailer)
  return join(writer)
}

/** Text that is gathered until it makes a member. */
class Gatherer {
  readonly members: Range[] = []
  readonly #writer: Writer
  text = ''

  constructor(writer: Writer) {
    this.#writer = writer
  }

  add(text: string): void {
    this.text += text
    if (this.text.length >= MEMBER_UNITS) this.flush()
  }

  flush(): void {
    if (this.text !== '') this.members.push(this.#writer.add(this.text))
    this.text = ''
  }
}

function writeRun(writer: Writer, run: PackInput, dag: Range): PackHead {
  const [journal, texts] = [new Gatherer(writer), new Gatherer(writer)]
  const logs: PackHead['logs'] = {}
  for (const row of run.rows) {
    journal.add(`${JSON.stringify(row.line)}\n`)
    for (const [key, text] of row.texts ?? []) {
      logs[key] = [texts.members.length, texts.text.length, text.length]
      texts.add(text)
    }
  }
  journal.flush()
  texts.flush()
  return {
    v: 1,
    runId: run.runId,
    checkpoint: run.checkpoint,
    dag,
    journal: journal.members,
    texts: texts.members,
    logs,
  }
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
