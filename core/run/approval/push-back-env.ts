// What a step that runs again after a push-back is told: DAG_PUSHBACK and its companions, and each input as a variable of its own.
import { type Draft, findNode, stepRecord } from '../draft.ts'
import type { PushBack } from '../step-record.ts'
import { clock } from '../summary.ts'
import { pushBacksOf } from './push-backs.ts'

/** DAG_PUSHBACK leaves out its oldest entries over so many characters: an environment variable must stay under 128 KiB. */
const MAX_PAYLOAD_CHARS = 40_000

/** Variables for a plan item of the step; nothing for one that no push-back made run again. */
export function pushBackEnv(d: Draft, name: string): { env?: Record<string, string> } {
  const record = stepRecord(d, name)
  const own = findNode(d, name)?.approval?.input ?? []
  const known = (record ? pushBacksOf(record, step => stepRecord(d, step)) : []).map(each => limitedTo(own, each))
  const latest = known.at(-1)
  if (!record?.pushedBack || !latest) return {}
  const { previousStdout } = record.pushedBack
  const inputs = Object.entries(latest.inputs).filter(([input]) => !isGivenLater(d, name, input, latest.at))
  return {
    env: {
      ...Object.fromEntries(inputs),
      DAG_PUSHBACK: payload(latest, known),
      DAG_PUSHBACK_ITERATION: String(latest.iteration),
      ...(previousStdout !== undefined && { DAG_PUSHBACK_PREVIOUS_STDOUT_FILE: previousStdout }),
    },
  }
}

/** A step that declares inputs is told of these alone, in its variables as in DAG_PUSHBACK (seed). */
const limitedTo = (own: readonly string[], pushBack: PushBack): PushBack =>
  own.length === 0
    ? pushBack
    : {
        ...pushBack,
        inputs: Object.fromEntries(Object.entries(pushBack.inputs).filter(([input]) => own.includes(input))),
      }

function payload(latest: PushBack, known: PushBack[]): string {
  const history: ReturnType<typeof entry>[] = []
  let chars = 0
  for (const pushBack of known.toReversed()) {
    const one = entry(pushBack)
    chars += JSON.stringify(one).length
    if (chars > MAX_PAYLOAD_CHARS && history.length > 0) break
    history.unshift(one)
  }
  return JSON.stringify({ ...entry(latest), history })
}

const entry = ({ iteration, by, at, inputs }: PushBack) => ({ iteration, by, at: clock(at), inputs })

/** A step before this one was approved after the push-back, with an input of the same name. */
function isGivenLater(d: Draft, name: string, input: string, at: number): boolean {
  const { graph } = d
  const seen = new Set<number>()
  const queue = [...(graph.depends[graph.position.get(name) ?? -1] ?? [])]
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    if (seen.has(i)) continue
    seen.add(i)
    const approved = stepRecord(d, graph.steps[i]!.name)?.approval?.approved
    if (approved && approved.at >= at && Object.hasOwn(approved.inputs, input)) return true
    queue.push(...graph.depends[i]!)
  }
  return false
}
