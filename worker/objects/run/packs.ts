// Finished runs into packs and out of them. Promise: a run's rows go only in the commit that writes its stone, after the pack is in
// R2, and only if nothing happened to the run meanwhile; a packed run reads as before, and a retry brings its rows back.
import { decodeCheckpoint, decodeEntry, encodeCheckpoint, type JournalEntry } from '@edgedag/core/run/checkpoint'
import { pending } from '@edgedag/core/run/pending'
import type { RunState } from '@edgedag/core/run/state'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../host/port.ts'
import { sha256Hex } from '../../store/hash.ts'
import { packKey } from '../../store/keys.ts'
import {
  buildPack,
  copyPack,
  type JournalLine,
  type PackedAt,
  type PackHead,
  type PackInput,
  type Range,
  readHead,
  readJournal,
  readMember,
} from '../../store/pack.ts'
import type { Kinds } from '../contracts.ts'
import type { LoadedRun } from './loaded.ts'
import type { RunStore, Stone } from './store.ts'

/** Runs in one pack: what has to be in memory at once stays small. */
const MAX_RUNS = 100
const CACHED_HEADS = 20
/** Text in one pack before it is compressed, but for a run that is larger by itself. */
const MAX_RAW_BYTES = 16 * 1024 * 1024
/** About what a journal row has beside log texts. */
const ROW_BYTES = 500
/** Smaller packs are left until their last run goes. */
const MIN_COMPACT_BYTES = 16 * 1024

/** What is stored cannot be understood, or is gone: asking again does not help. */
export class UnreadableRun extends Error {}

export interface PackedRun {
  stone: Stone
  head: PackHead
  state: RunState
  dag: Dag
  dagJson: string
}

export class RunPacks {
  readonly #host: ObjectHost<Kinds>
  readonly #store: RunStore
  readonly #cache = new Map<string, PackedRun>()
  readonly #compacting = new Set<string>()

  constructor(host: ObjectHost<Kinds>, store: RunStore) {
    this.#host = host
    this.#store = store
  }

  /** Packs runs that are over and fully delivered; answers those whose rows are gone now. `isActive`: runs that stay. */
  async pack(runs: LoadedRun[], others: () => LoadedRun[]): Promise<LoadedRun[]> {
    const ready = oneLoad(runs.filter(run => this.#isReady(run)))
    if (ready.length === 0) return []
    const seqs = new Map(ready.map(run => [run.runId, run.state.head.seq]))
    const { bytes, runs: places } = buildPack(ready.map(run => this.#input(run)))
    const day = new Date(this.#host.now()).toISOString().slice(0, 10)
    const key = packKey(day, this.#host.randomHex(24))
    if (!(await this.#host.blobs.put(key, bytes))) throw new Error(`pack ${key} exists already`)
    // Meanwhile some may have gone on, or been deleted.
    const here = new Set(others())
    const done = ready.filter(run => here.has(run) && run.state.head.seq === seqs.get(run.runId) && this.#isReady(run))
    if (done.length === 0) {
      await this.#host.blobs.delete([key])
      return []
    }
    const staying = [...here].filter(run => !done.includes(run))
    const isAlone = this.#host.settings.runPool === 0 && staying.length === 0
    this.#store.replaceByStones(
      done.map(run => stoneOf(run, key, places.get(run.runId)!, bytes.byteLength)),
      new Set(staying.flatMap(hashesOf)),
      isAlone,
    )
    return done
  }

  #isReady(run: LoadedRun): boolean {
    const owed = pending(
      run.state,
      run.dag,
      { now: this.#host.now(), newId: length => this.#host.randomHex(length), sha256: sha256Hex },
      run.delivered,
    )
    return owed.length === 1 && owed[0]?.type === 'pack'
  }

  #input(run: LoadedRun): PackInput {
    const dagJson = this.#store.pinned(run.dagHash) ?? JSON.stringify(run.dag)
    return {
      runId: run.runId,
      dagHash: run.dagHash,
      dagJson,
      checkpoint: encodeCheckpoint(run.state),
      rows: this.#rows(run.runId),
    }
  }

  *#rows(runId: string): Generator<{ line: JournalLine; texts?: [string, string][] }> {
    for (const line of this.#store.eachLine(runId)) yield line.logs.length === 0 ? { line } : takeTexts(line)
  }

  /** A run whose rows are in a pack; null: it has no stone, or its pack is gone. */
  async read(runId: string): Promise<PackedRun | null> {
    const stone = this.#store.stone(runId)
    if (stone === null) return null
    try {
      const packed = await this.#readAt(stone)
      if (packed !== null || !this.#hasMoved(stone)) return packed
    } catch (error) {
      if (!this.#hasMoved(stone)) throw error
    }
    return this.read(runId)
  }

  /** Its pack was compacted meanwhile, or it was brought back, and perhaps packed again: the old pack is no fault if it is gone. */
  #hasMoved({ runId, pack, offset }: Stone): boolean {
    const now = this.#store.stone(runId)
    return now === null || now.pack !== pack || now.offset !== offset
  }

  async #readAt(stone: Stone): Promise<PackedRun | null> {
    const { runId } = stone
    const known = this.#cache.get(runId)
    if (known !== undefined && known.stone.pack === stone.pack) return known
    const bytes = await this.#host.blobs.get(stone.pack, { offset: stone.offset, length: stone.length })
    if (bytes === null) return null
    const head = understood(stone, () => readHead(bytes))
    const dagJson = await this.#member(stone, head.dag)
    const packed = understood(stone, () => ({
      stone,
      head,
      dagJson,
      state: decodeCheckpoint(head.checkpoint),
      dag: JSON.parse(dagJson) as Dag,
    }))
    this.#cache.set(runId, packed)
    if (this.#cache.size > CACHED_HEADS) this.#cache.delete(this.#cache.keys().next().value!)
    return packed
  }

  async logText({ stone, head }: PackedRun, key: string): Promise<string | null> {
    const place = head.logs[key]
    if (place === undefined) return null
    const [member, start, length] = place
    return (await this.#member(stone, head.texts[member]!)).slice(start, start + length)
  }

  async lines({ stone, head }: PackedRun): Promise<JournalLine[]> {
    const members = await Promise.all(head.journal.map(range => this.#member(stone, range)))
    return members.flatMap(readJournal)
  }

  async entries(packed: PackedRun): Promise<JournalEntry[]> {
    return (await this.lines(packed)).map(line => decodeEntry(line.data))
  }

  /** Brings the rows of a packed run back; the blob goes when no other run is in it. */
  async restore(runId: string): Promise<boolean> {
    const before = this.#store.stone(runId)
    try {
      return await this.#restore(runId)
    } catch (error) {
      if (before === null || !this.#hasMoved(before)) throw error
      return this.restore(runId)
    }
  }

  async #restore(runId: string): Promise<boolean> {
    const packed = await this.read(runId)
    if (packed === null) return this.#store.stone(runId) === null
    const lines = await this.lines(packed)
    const texts = new Map<string, string>()
    for (const key of Object.keys(packed.head.logs)) texts.set(key, (await this.logText(packed, key)) ?? '')
    // Brought back and packed again meanwhile: what was read is its past.
    if (this.#hasMoved(packed.stone)) return this.#restore(runId)
    for (const line of lines) this.#store.insertLine(runId, line.logs.length === 0 ? line : putTexts(line, texts))
    this.#store.pin(packed.state.head.spec.dagHash, packed.dagJson)
    this.#store.checkpoint(runId, packed.state)
    this.#store.removeStone(runId)
    this.#cache.delete(runId)
    this.#host.background(this.#deleteUnused(packed.stone.pack))
    return true
  }

  /** Deletes a packed run; its blob goes with the last run in it. */
  async remove(runId: string): Promise<void> {
    const stone = this.#store.stone(runId)
    this.#cache.delete(runId)
    this.#store.removeRun(runId)
    if (stone !== null) await this.#deleteUnused(stone.pack)
  }

  async #deleteUnused(pack: string): Promise<void> {
    await this.#host.durable()
    if (!this.#store.isPackUsed(pack)) return await this.#host.blobs.delete([pack])
    if (this.#compacting.has(pack) || !isMostlyDead(this.#store.stonesIn(pack))) return
    this.#compacting.add(pack)
    // Nothing is lost where this fails: the next deletion from the pack tries again.
    await this.#compact(pack)
      .catch(error => console.error(`pack ${pack} stays as large as it is for now`, error))
      .finally(() => this.#compacting.delete(pack))
  }

  /** Copies what is alive in a pack into a new one. The stones move in one commit, and the old blob goes after it. */
  async #compact(pack: string): Promise<void> {
    const stones = this.#store.stonesIn(pack)
    const read = async ([offset, length]: Range): Promise<Uint8Array<ArrayBuffer>> => {
      const bytes = await this.#host.blobs.get(pack, { offset, length })
      if (bytes === null) throw new Error(`pack ${pack} is gone`)
      return new Uint8Array(bytes)
    }
    const heads = await Promise.all(
      stones.map(async ({ offset, length }) => readHead((await read([offset, length])).buffer)),
    )
    const { bytes, runs } = await copyPack(heads, (_head, range) => read(range))
    const key = packKey(pack.split('/')[1] ?? '', this.#host.randomHex(24))
    if (!(await this.#host.blobs.put(key, bytes))) throw new Error(`pack ${key} exists already`)
    // Some may have been deleted or brought back meanwhile.
    const staying = this.#store.stonesIn(pack)
    this.#store.moveStones(
      staying.map(stone => {
        const { head, bytes: own } = runs.get(stone.runId)!
        return { ...stone, pack: key, offset: head[0], length: head[1], bytes: own, packBytes: bytes.byteLength }
      }),
    )
    for (const { runId } of staying) this.#cache.delete(runId)
    await this.#host.durable()
    await this.#host.blobs.delete(staying.length === 0 ? [pack, key] : [pack])
  }

  async #member(stone: Stone, [offset, length]: Range): Promise<string> {
    const bytes = await this.#host.blobs.get(stone.pack, { offset, length })
    if (bytes === null) throw new UnreadableRun(`pack ${stone.pack} is gone`)
    return understood(stone, () => readMember(bytes))
  }
}

function understood<T>({ runId, pack }: Stone, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new UnreadableRun(`run ${runId} in pack ${pack} cannot be understood`, { cause })
  }
}

/** Definitions that a run needs: its own, and those that it calls. */
const hashesOf = (run: LoadedRun): string[] => [
  run.dagHash,
  ...[...run.state.calls.values()].flatMap(({ dag }) => (dag?.kind === 'stored' ? [dag.hash] : [])),
]

function stoneOf(run: LoadedRun, pack: string, { head: [offset, length], bytes }: PackedAt, packBytes: number): Stone {
  const { attempt, fence, status, seq, spec } = run.state.head
  return { runId: run.runId, attempt, fence, status, seq, dagId: spec.dagId, pack, offset, length, bytes, packBytes }
}

/** As many of the runs as make one pack: at least one, however large. */
function oneLoad(runs: LoadedRun[]): LoadedRun[] {
  let bytes = 0
  return runs.slice(0, MAX_RUNS).filter((run, i) => {
    bytes += run.state.head.seq * ROW_BYTES
    for (const log of run.state.logs.values()) if (log.text !== undefined) bytes += log.bytes ?? 0
    return i === 0 || bytes <= MAX_RAW_BYTES
  })
}

/** Less than half of the pack is still somebody's, and it is worth the work. */
function isMostlyDead(stones: readonly Stone[]): boolean {
  const total = stones[0]?.packBytes ?? 0
  const alive = stones.reduce((sum, stone) => sum + stone.bytes, 0)
  return total >= MIN_COMPACT_BYTES && alive * 2 < total
}

/** The row without its log texts, and those. */
function takeTexts(line: JournalLine): { line: JournalLine; texts: [string, string][] } {
  const entry = JSON.parse(line.data) as JournalEntry
  const texts: [string, string][] = []
  for (const log of entry.changes.logs ?? []) {
    if (log.text === undefined || log.text === '') continue
    texts.push([log.key, log.text])
    log.text = ''
  }
  return { line: { ...line, data: JSON.stringify(entry) }, texts }
}

function putTexts(line: JournalLine, texts: ReadonlyMap<string, string>): JournalLine {
  const entry = JSON.parse(line.data) as JournalEntry
  for (const log of entry.changes.logs ?? []) {
    if (log.text === '' && line.logs.includes(log.key)) log.text = texts.get(log.key) ?? ''
  }
  return { ...line, data: JSON.stringify(entry) }
}
