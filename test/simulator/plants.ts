// Bugs to be planted: each is a change of one place in the product's source, made while it is loaded. Promise: a change that no
// longer fits its source fails loudly, so that a simulator that finds nothing cannot be taken for a product without bugs.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface Plant {
  name: string
  what: string
  file: string
  from: string
  to: string
}

export const PLANTS: readonly Plant[] = [
  {
    name: 'no-fence-check',
    what: 'an event counts for any plan that holds its step, whatever its fence and its runner',
    file: 'core/run/report.ts',
    from: 'const plan = planRecord(d, event.plan)\n    const own = plan && plan.fence === event.fence && plan.runnerId === runnerId',
    to: 'const plan = planRecord(d, event.plan) ?? planRecord(d, `p${d.head.fence}`)\n    const own = plan',
  },
  {
    name: 'alarm-not-rearmed',
    what: 'a fired alarm of a Run is not set again',
    file: 'worker/objects/run.ts',
    from: 'finally {\n      for (const run of this.#runs.all) this.#arm(run)\n    }',
    to: 'finally {\n    }',
  },
  {
    name: 'stale-read-after-await',
    what: 'a Run that was created while Fleet was asked is created again',
    file: 'worker/objects/run.ts',
    from: 'if (meanwhile !== null) return meanwhile',
    to: 'if (meanwhile !== null && meanwhile.value === undefined) return meanwhile',
  },
  {
    name: 'ack-before-journal',
    what: 'a report is answered before its row is written',
    file: 'worker/objects/run.ts',
    from: "const frame = this.#answer(run, runnerId, { type: 'report', runnerId, seq, events })",
    to: "this.#host.background(this.#host.pause(20).then(() => this.#answer(run, runnerId, { type: 'report', runnerId, seq, events })))\n    const frame = { type: 'run' as const, runId: run.runId, ack: seq }",
  },
  {
    name: 'slot-released-without-its-hold',
    what: 'a slot is released by its run alone, so a late release frees the slot of a retry',
    file: 'worker/objects/queue.ts',
    from: 'if (item === undefined || item.hold !== hold) return',
    to: 'if (item === undefined) return',
  },
  {
    name: 'reports-not-deduplicated',
    what: 'a report that comes again is taken again, without a look at what its step has become',
    file: 'core/run/report.ts',
    from: 'if (!runner || seq <= runner.seq) return',
    to: 'if (!runner) return',
  },
  {
    name: 'not-sent-again',
    what: 'plans that were not acknowledged are not sent again',
    file: 'core/run/pending.ts',
    from: 'const frame = frameFor(d, runner.id)',
    to: 'const frame = null as ReturnType<typeof frameFor>',
  },
  {
    name: 'started-step-started-again',
    what: 'a step that was running on a host that came back without it begins again under the same attempt',
    file: 'core/run/lost.ts',
    from: "else if (!d.index.unseen.has(plan.id)) losePlan(d, plan, 'lost: the host came back without it')",
    to: 'else if (!d.index.unseen.has(plan.id)) removePlan(d, plan)',
  },
]

/** Plants a bug into the sources that are imported from now on. */
export function plant(name: string): void {
  const found = PLANTS.find(each => each.name === name)
  if (found === undefined)
    throw new Error(`there is no bug named ${name}; there are ${PLANTS.map(each => each.name).join(', ')}`)
  const path = pathOf(found)
  if (!fits(found)) throw new Error(`the bug ${name} does not fit ${found.file} any more`)
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded
      return { ...loaded, source: String(loaded.source).replace(found.from, () => found.to) }
    },
  })
}

/** The place that the bug changes is there, once. */
export const fits = (planted: Plant): boolean => readFileSync(pathOf(planted), 'utf8').split(planted.from).length === 2

const pathOf = (planted: Plant): string => fileURLToPath(new URL(`../../${planted.file}`, import.meta.url))
