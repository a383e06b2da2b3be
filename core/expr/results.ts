// What finished steps leave for later ones: properties for `${id.stdout}`, and captured variables for their successors.
import type { Dag, Step } from '../spec/dag.ts'
import { jsonText } from './json-path.ts'

/** The result of a step, in the shape in which a RunContext carries those of earlier attempts. */
export interface StepResult {
  exitCode: number
  /** Captured variables by name. */
  outputs?: Record<string, string>
  /** Keys of structured output, read as `${id.output.key}`. */
  structured?: Record<string, unknown>
  stdoutPath?: string
  stderrPath?: string
  /** Given at the step's approval: variables for its successors, like captured ones. */
  inputs?: Record<string, string>
}

/** Results of one run, by step name; tells each step which captured variables it sees. */
export interface RunResults {
  /** Stores (or replaces) the result of a step. */
  record(stepName: string, result: StepResult): void
  /** The result of a step by its name. */
  find(name: string): StepResult | undefined
  /** The result that `${id.…}` refers to: a step without an id has none, one that has not run has exit code 0 and said nothing. */
  byId(id: string): StepResult | undefined
  /** Variables captured by the transitive predecessors of a step: nearer ones win, then those later in `depends`. */
  visibleTo(stepName: string): ReadonlyMap<string, string>
  /** Variables of all steps, for handlers: the last in plan order wins. */
  all(): ReadonlyMap<string, string>
}

interface Accumulator {
  tip: string
  vars: Map<string, string>
  included: Set<string>
}

/**
 * Results of a run of `dag`. In a chain one map grows step by step, so the thousandth step costs as much as the first;
 * other shapes walk the predecessors.
 */
export const createRunResults = (dag: Dag, known: Readonly<Record<string, StepResult>> = {}): RunResults => {
  const steps = new Map<string, Step>(dag.steps.map(step => [step.name, step]))
  const byId = new Map<string, string>()
  for (const step of dag.steps) if (step.id !== undefined) byId.set(step.id, step.name)
  const results = new Map<string, StepResult>(Object.entries(known))
  let chain: Accumulator | undefined

  const add = (into: Accumulator, name: string): void => {
    into.included.add(name)
    const { outputs = {}, inputs = {} } = results.get(name) ?? {}
    for (const [key, value] of [...Object.entries(outputs), ...Object.entries(inputs)]) into.vars.set(key, value)
  }
  const advance = (step: Step): ReadonlyMap<string, string> | undefined => {
    if (chain === undefined) return undefined
    if (chain.tip === step.name) return chain.vars
    if (step.depends.length !== 1 || step.depends[0] !== chain.tip) return undefined
    add(chain, chain.tip)
    chain.tip = step.name
    return chain.vars
  }
  return {
    record(stepName, result) {
      results.set(stepName, result)
      if (chain?.included.has(stepName)) chain = undefined
    },
    find: name => results.get(name),
    byId(id) {
      const step = steps.get(byId.get(id) ?? '')
      return step && { ...notRun(step), ...results.get(step.name) }
    },
    visibleTo(stepName) {
      const step = steps.get(stepName)
      if (step === undefined) return new Map()
      const known = advance(step)
      if (known !== undefined) return known
      chain = { tip: stepName, vars: new Map(), included: new Set() }
      for (const name of predecessors(steps, step).reverse()) add(chain, name)
      return chain.vars
    },
    all() {
      const every: Accumulator = { tip: '', vars: new Map(), included: new Set() }
      for (const step of dag.steps) add(every, step.name)
      return every.vars
    },
  }
}

/** What there is of a step that has not run, or was skipped: handlers name steps whatever became of them. */
const notRun = ({ output }: Step): StepResult => ({
  exitCode: 0,
  ...(output?.kind === 'variable' ? { outputs: { [output.name]: '' } } : {}),
})

/** All transitive predecessors, strongest first: by distance, and within one distance the later in `depends` first. */
const predecessors = (steps: ReadonlyMap<string, Step>, from: Step): string[] => {
  const seen = new Set<string>([from.name])
  const order: string[] = []
  let front: Step[] = [from]
  while (front.length > 0) {
    const level: string[] = []
    for (const step of front) {
      for (const name of step.depends) {
        if (seen.has(name)) continue
        seen.add(name)
        level.push(name)
      }
    }
    order.push(...level.toReversed())
    front = level.map(name => steps.get(name)).filter(step => step !== undefined)
  }
  return order
}

/** `${id.output}`: the captured text, or the structured values as JSON; `undefined` where nothing was declared. */
export const outputText = (result: StepResult): string | undefined => {
  const captured = Object.values(result.outputs ?? {})[0]
  if (captured !== undefined) return captured
  return result.structured === undefined ? undefined : jsonText(result.structured)
}
