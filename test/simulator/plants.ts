// Bugs to be planted: each is a change of one place in the product's source, made while it is loaded. Promise: a change that no
// longer fits its source fails loudly, so that a simulator that finds nothing cannot be taken for a product without bugs.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { ThemeName } from './schedule/themes.ts'

export interface Plant {
  name: string
  what: string
  /** Worlds in which it is found soonest; absent: any. */
  theme?: ThemeName
  edits: readonly { file: string; from: string; to: string }[]
}

export const PLANTS: readonly Plant[] = [
  {
    name: 'no-fence-check',
    what: 'an event counts for whatever plan and attempt its step is in by now',
    theme: 'resent',
    edits: [
      {
        file: 'core/run/report.ts',
        from: 'const plan = planRecord(d, event.plan)\n    const own = plan && plan.fence === event.fence && plan.runnerId === runnerId',
        to: `const holder = 'step' in event ? d.index.planOf.get(event.step) : undefined
    const plan = planRecord(d, event.plan) ?? planRecord(d, holder ?? '')
    const own = plan`,
      },
      {
        file: 'core/run/report.ts',
        from: 'if (counts(plan, before, event)) finishStep(d, event, at)',
        to: 'if (canRun(before)) finishStep(d, { ...event, attempt: Math.max(event.attempt, before.attempt) }, at)',
      },
    ],
  },
  {
    name: 'alarm-not-rearmed',
    what: 'a used-up alarm counts as one that is still to come',
    edits: [
      { file: 'worker/host/alarm-clock.ts', from: 'fired(): void {\n    this.#at = null', to: 'fired(): void {' },
    ],
  },
  {
    name: 'stale-read-after-await',
    what: 'a run that was retried while its pack was put is thrown away all the same',
    theme: 'busy',
    edits: [
      {
        file: 'worker/objects/run/packs.ts',
        from: 'run.state.head.seq === seqs.get(run.runId) && this.#isReady(run)',
        to: 'seqs.has(run.runId)',
      },
    ],
  },
  {
    name: 'ack-before-journal',
    what: 'a report is answered before its row is written',
    edits: [
      {
        file: 'worker/objects/run/run.ts',
        from: "const frame = this.#answer(run, runnerId, { type: 'report', runnerId, seq, events })",
        to: `this.#host.background(
      this.#host.pause(20).then(() => this.#answer(run, runnerId, { type: 'report', runnerId, seq, events })),
    )
    const frame = { type: 'run' as const, runId: run.runId, ack: seq }`,
      },
    ],
  },
  {
    name: 'slot-released-by-run-alone',
    what: 'a late release of one hold frees the slot that the run holds by now',
    theme: 'busy',
    edits: [
      {
        file: 'worker/objects/queue/queue.ts',
        from: 'if (item === undefined || item.hold !== hold) return',
        to: 'if (item === undefined) return',
      },
    ],
  },
  {
    name: 'goes-on-without-a-place',
    what: 'a run that goes on after a decision does not ask for its place in the queue again',
    theme: 'people',
    edits: [{ file: 'core/run/advance.ts', from: '  askForSlot(d)\n', to: '' }],
  },
  {
    name: 'reports-not-deduplicated',
    what: 'a report that comes again is taken again',
    theme: 'resent',
    edits: [
      { file: 'core/run/report.ts', from: 'if (!runner || seq <= runner.seq) return', to: 'if (!runner) return' },
      {
        file: 'core/run/report.ts',
        from: 'before.result < attempt && before.attempt <= attempt',
        to: 'true',
      },
    ],
  },
  {
    name: 'not-sent-again',
    what: 'what a Run was to send when it ended is not sent by the next instance',
    edits: [
      { file: 'core/run/pending.ts', from: "if (head.phase !== 'ended') {", to: "if (head.phase === 'delay') {" },
    ],
  },
  {
    name: 'started-step-started-again',
    what: 'a step that ran on a host that came back without it begins again under the same attempt',
    theme: 'places',
    edits: [
      {
        file: 'core/run/lost.ts',
        from: "losePlan(d, plan, 'lost: the host came back without it')",
        to: 'removePlan(d, plan)',
      },
    ],
  },
  {
    name: 'effect-before-its-start-is-written',
    what: 'a step at the edge with an effect outside begins before its Run knows that it is started',
    edits: [
      {
        file: 'worker/edge/edge-step.ts',
        from: 'const isTold = item.conclude === undefined && !isRepeatable(step, resolved.value)',
        to: 'const isTold = false',
      },
    ],
  },
  {
    name: 'values-of-the-attempt-before',
    what: 'a retry is given the values of the profile that the attempt before was given',
    edits: [
      {
        file: 'worker/objects/vault/attempt.ts',
        from: "'SELECT data FROM attempt WHERE run_id = ? AND attempt = ?'",
        to: "'SELECT data FROM attempt WHERE run_id = ? AND attempt <= ?'",
      },
    ],
  },
  {
    name: 'masked-by-memory',
    what: 'what an attempt says is masked by the secrets of the attempt before',
    edits: [
      {
        file: 'worker/objects/run/secrets.ts',
        from: 'if (known?.attempt === request.attempt && known.sealed === sealed) return known.masker',
        to: 'if (known !== undefined) return known.masker',
      },
    ],
  },
  {
    name: 'draining-in-memory-only',
    what: 'a host that comes back while it is out of service is given work',
    theme: 'places',
    edits: [
      {
        file: 'worker/objects/fleet/fleet.ts',
        from: 'draining: enrolled !== undefined && enrolled.drainingSince !== null',
        to: 'draining: false',
      },
    ],
  },
  {
    name: 'handlers-where-the-last-step-was',
    what: 'handlers run on the host of the last step, whatever the DAG asks for',
    theme: 'places',
    edits: [
      {
        file: 'core/run/advance.ts',
        from: '  // They run at home, wherever the last step was.\n  movePlace(d)\n',
        to: '',
      },
    ],
  },
  {
    name: 'parent-does-not-go-on',
    what: 'a run stays parked when the run that it has called goes on after a decision',
    theme: 'people',
    edits: [{ file: 'core/run/children/children.ts', from: 'if (!isParked) resumeByChild(d)', to: '' }],
  },
  {
    name: 'auto-retry-in-memory-only',
    what: 'a retry that the DAG owes a failed run is forgotten with the instance',
    edits: [
      {
        file: 'worker/objects/dag/runs.ts',
        from: "if (row.phase === 'done') this.#retries.add(row)\n      else this",
        to: "if (row.phase !== 'done') this",
      },
    ],
  },
  {
    name: 'retry-past-its-key',
    what: 'a run passes although as many of its concurrency key run as may',
    theme: 'busy',
    edits: [
      {
        file: 'worker/objects/dag/queue.ts',
        from: 'return this.holdersOf(spec.concurrency.key).length < spec.concurrency.limit',
        to: "return duty.action === 'retry' || this.holdersOf(spec.concurrency.key).length < spec.concurrency.limit",
      },
    ],
  },
  {
    name: 'deleted-while-packed',
    what: 'a run that was deleted while its pack was put comes back with it',
    theme: 'clocks',
    edits: [{ file: 'worker/objects/run/packs.ts', from: 'here.has(run) && run.state', to: 'run.state' }],
  },
  {
    name: 'mark-of-deletion-goes-first',
    what: 'the mark of what is to be deleted goes before that is deleted',
    edits: [
      {
        file: 'worker/objects/dag/deletion.ts',
        from: 'await this.#deleteRuns(runIds, 0)\n      this.#store.deleted(runIds)',
        to: 'this.#store.deleted(runIds)\n      await this.#deleteRuns(runIds, 0)',
      },
    ],
  },
  {
    name: 'paused-in-memory-only',
    what: 'a queue that was paused goes on with its next instance',
    theme: 'busy',
    edits: [
      {
        file: 'worker/objects/queue/queue.ts',
        from: 'this.#store.settings.paused = paused\n    this.#admit(true)',
        to: 'this.#store.settings.paused = paused\n    this.#admit(false)',
      },
    ],
  },
  {
    name: 'order-in-memory-only',
    what: 'a run that was put before others is behind them for the next instance of its queue',
    theme: 'busy',
    edits: [{ file: 'worker/objects/queue/queue.ts', from: '    this.#store.reorder(item)\n', to: '' }],
  },
  {
    name: 'made-of-what-was-read-first',
    what: 'a start uses the definition that is in memory, whatever was saved since',
    edits: [
      {
        file: 'worker/objects/dag/texts.ts',
        from: 'last?.definition.hash === record.hash && last.name',
        to: 'last?.name',
      },
      {
        file: 'worker/objects/dag/texts.ts',
        from: 'this.#current = { definition, name, version: this.#known(',
        to: 'this.#current ??= { definition, name, version: this.#known(',
      },
    ],
  },
  {
    name: 'ends-by-the-clock-of-its-host',
    what: 'a step ends when its host says so, also before it began',
    theme: 'clocks',
    edits: [
      {
        file: 'core/run/finish-step.ts',
        from: 'record.finishedAt = Math.max(at, record.startedAt ?? at)',
        to: 'record.finishedAt = at',
      },
    ],
  },
  {
    name: 'segment-counted-twice',
    what: 'a segment of a log that is told again is counted again',
    theme: 'resent',
    edits: [
      { file: 'core/run/logs.ts', from: '  if (hasSegment(d, key)) return\n', to: '' },
      { file: 'core/run/report.ts', from: 'if (!runner || seq <= runner.seq) return', to: 'if (!runner) return' },
    ],
  },
  {
    name: 'called-where-the-caller-is-by-now',
    what: 'a called run follows its caller to wherever that is when the call is sent',
    theme: 'places',
    edits: [
      {
        file: 'core/run/placement/place.ts',
        from: 'presentPlace(head) === HOME ? head.runnerId : (head.places?.[HOME]?.runnerId ?? null)',
        to: 'head.runnerId',
      },
    ],
  },
  {
    name: 'ahead-of-the-clock',
    what: 'what a clock noted that was set back since stays ahead of it',
    theme: 'time',
    edits: [{ file: 'core/run/transition.ts', from: '  followClock(d)\n  takeIn', to: '  takeIn' }],
  },
  {
    name: 'edge-unheard-after-a-clock-was-set-back',
    what: 'the edge, having forgotten, counts its reports by a clock that was set back, and is not heard',
    theme: 'time',
    edits: [{ file: 'worker/edge/edge-run.ts', from: '(frame.ack ?? 0) > this.#seq', to: 'frame.ack === -1' }],
  },
  {
    name: 'begins-before-what-it-needs',
    what: 'a step begins when its host says so, also before what it depends on was over',
    theme: 'clocks',
    edits: [{ file: 'core/run/report.ts', from: 'startedAt: beginTime(d, event.step, at)', to: 'startedAt: at' }],
  },
]

/** Plants a bug into the sources that are imported from now on. */
export function plant(name: string): void {
  const found = PLANTS.find(each => each.name === name)
  if (found === undefined)
    throw new Error(`there is no bug named ${name}; there are ${PLANTS.map(each => each.name).join(', ')}`)
  if (!fits(found)) throw new Error(`the bug ${name} does not fit its source any more`)
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.startsWith('file:')) return loaded
      const edits = found.edits.filter(edit => pathOf(edit.file) === fileURLToPath(url))
      if (edits.length === 0) return loaded
      let source = String(loaded.source)
      for (const { from, to } of edits) source = source.replace(from, () => to)
      return { ...loaded, source }
    },
  })
}

/** Each place that the bug changes is there, once. */
export const fits = ({ edits }: Plant): boolean =>
  edits.every(({ file, from }) => readFileSync(pathOf(file), 'utf8').split(from).length === 2)

const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url))
