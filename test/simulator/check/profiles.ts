// The profile against what attempts were given of it. Promise: each attempt has one set of values, not older than its beginning and none
// that nobody has set; a disabled profile is given to no attempt that begins then, and no secret is in what is stored of a run.
import { err, ok } from '@edgedag/core/result'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import type { SecretsAnswer } from '../agent/machine.ts'
import { SECRET_PREFIX } from '../schedule/profile-changes.ts'
import type { History } from './history.ts'

type What = { kind: 'value'; key: string; n: number } | { kind: 'status'; status: 'active' | 'disabled' }

interface Change {
  what: What
  asked: number
  /** When the answer came; infinity: it has not. */
  confirmed: number
}

interface Given {
  at: number
  /** By key; the number in its value. Or why it was refused. */
  values: { ok: true; value: Map<string, number> } | { ok: false; error: string }
}

const DISABLED = /is disabled/

export class ProfileTruth {
  readonly #loop: { readonly now: number }
  readonly #changes: Change[] = []
  readonly #given = new Map<string, Given[]>()

  constructor(loop: { readonly now: number }) {
    this.#loop = loop
  }

  asked(what: What): Change {
    const change = { what, asked: this.#loop.now, confirmed: Number.POSITIVE_INFINITY }
    this.#changes.push(change)
    return change
  }

  /** A host has heard what the attempt is given. */
  given({ runId, attempt }: { runId: string; attempt: number }, answer: SecretsAnswer): void {
    if (answer === null || (!answer.ok && answer.error.code === 'forbidden')) return
    const key = `${runId}/${attempt}`
    const values = answer.ok ? ok(numbersIn(answer.value)) : err(answer.error.message)
    this.#given.set(key, [...(this.#given.get(key) ?? []), { at: this.#loop.now, values }])
  }

  /** `beganAt`: when each attempt of the run began. */
  *check(runId: string, beganAt: ReadonlyMap<number, number>): Generator<string> {
    for (const [attempt, began] of beganAt) {
      const all = this.#given.get(`${runId}/${attempt}`) ?? []
      for (const given of all) for (const text of this.#checkOne(given, began)) yield `attempt ${attempt} ${text}`
      const different = new Set(all.flatMap(({ values }) => (values.ok ? [JSON.stringify([...values.value])] : [])))
      if (different.size > 1) yield `attempt ${attempt} was given ${[...different].join(', then ')}`
    }
  }

  *#checkOne({ at, values }: Given, began: number): Generator<string> {
    if (!values.ok) {
      const isExplained = this.#changes.some(
        ({ what, asked }) => what.kind === 'status' && what.status === 'disabled' && asked <= at,
      )
      if (!DISABLED.test(values.error) || !isExplained) yield `was refused its profile: ${values.error}`
      return
    }
    if (this.#isDisabled(began, at)) yield 'was given a profile that was disabled before it began'
    for (const [key, n] of values.value) {
      const ofKey = this.#changes.flatMap(({ what, ...times }) =>
        what.kind === 'value' && what.key === key ? [{ n: what.n, ...times }] : [],
      )
      const oldest = Math.max(...ofKey.filter(({ confirmed }) => confirmed <= began).map(change => change.n))
      const newest = Math.max(...ofKey.filter(({ asked }) => asked <= at).map(change => change.n))
      if (n < oldest || n > newest) yield `was given ${key} ${n}, and not one of ${oldest} to ${newest}`
    }
  }

  /** All through this time. */
  #isDisabled(from: number, to: number): boolean {
    const before = this.#changes.filter(({ what, confirmed }) => what.kind === 'status' && confirmed <= from).at(-1)
    if (before?.what.kind !== 'status' || before.what.status !== 'disabled') return false
    return !this.#changes.some(({ what, asked }) => what.kind === 'status' && asked > before.asked && asked <= to)
  }
}

const numbersIn = ({ profile }: AttemptSecrets): Map<string, number> =>
  new Map(profile?.entries.map(({ key, value }) => [key, Number(value.replace(SECRET_PREFIX, ''))]) ?? [])

/** Before the history is replayed, which takes the texts of logs out of it. */
export function* leaks({ entries, texts }: History): Generator<string> {
  if (texts().some(text => text.includes(SECRET_PREFIX))) yield 'its packed logs hold a secret'
  for (const entry of entries)
    if (JSON.stringify(entry).includes(SECRET_PREFIX)) yield `its journal (${entry.event.type}) holds a secret`
}
