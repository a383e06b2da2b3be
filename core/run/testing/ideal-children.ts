// Child runs without runs, for tests: each that is started lives until a script says how it ends.
import type { ChildNews, ChildOrder } from '../children/child-types.ts'
import type { RunCommand } from '../commands.ts'
import type { RunEvent } from '../events.ts'

/** How a child ends; `hang`: it lives until it is stopped. */
export type ChildScript = (order: ChildOrder) => Partial<ChildNews> | 'hang'

export class IdealChildren {
  /** Orders in the sequence in which they were carried out. */
  readonly started: ChildOrder[] = []
  readonly stopped: string[] = []
  readonly living = new Map<string, ChildOrder>()
  peak = 0

  private readonly script: ChildScript

  constructor(script: ChildScript = () => ({})) {
    this.script = script
  }

  /** Carries a command out; the events that follow at once. */
  take(command: RunCommand): RunEvent[] {
    if (command.type === 'resolve_call') {
      const { step, attempt, target } = command
      const dag = { kind: 'stored' as const, name: target, dagId: `id-${target}`, fileName: target, hash: 'h' }
      return [
        target.startsWith('no-')
          ? { type: 'call_resolved', step, attempt, error: `there is no DAG ${target}` }
          : { type: 'call_resolved', step, attempt, dag },
      ]
    }
    if (command.type === 'start_child') this.start(command.child)
    else if (command.type === 'stop_child') {
      this.stopped.push(command.child.id)
      if (this.living.delete(command.child.id)) return [news(command.child, { status: 'aborted' })]
    }
    return []
  }

  /** Ends the oldest child that does not hang. */
  work(): RunEvent | undefined {
    for (const order of this.living.values()) {
      const end = this.script(order)
      if (end === 'hang') continue
      if (end.status !== 'waiting') this.living.delete(order.id)
      return news(order, end)
    }
    return undefined
  }

  private start(order: ChildOrder): void {
    this.started.push(order)
    this.living.set(order.id, order)
    this.peak = Math.max(this.peak, this.living.size)
  }
}

function news({ id, attempt }: ChildOrder, end: Partial<ChildNews>): RunEvent {
  const child: ChildNews = { id, attempt, status: 'succeeded', startedAt: 1, finishedAt: 2, runner: 'host1', ...end }
  return { type: 'children_changed', news: [child] }
}

/** Not SHA-256, but as long and as even: enough to tell texts apart. */
export function testDigest(text: string): string {
  let out = ''
  for (let seed = 1; out.length < 64; seed += 1) {
    let value = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0
    for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
    out += value.toString(16).padStart(8, '0')
  }
  return out
}
