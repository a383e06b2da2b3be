// Names in a DAG whose values only a host may know. Promise: a name counts as the DAG's own only where its own declaration is what is seen.
import { isReadOnly } from '../expr/special-variables.ts'
import type { Dag, Step } from '../spec/dag.ts'
import { usesMail } from './reach.ts'

/** Variables that name places on a host. */
const PLACES = new Set(
  `DAG_RUN_LOG_FILE DAG_RUN_STEP_STDOUT_FILE DAG_RUN_STEP_STDERR_FILE DAG_RUN_WORK_DIR DAG_RUN_ARTIFACTS_DIR DAG_DOCS_DIR
   DAG_PUSHBACK_PREVIOUS_STDOUT_FILE PWD`.split(/\s+/),
)

const GIVEN = ['ITEM', 'WEBHOOK_PAYLOAD', 'WEBHOOK_HEADERS', 'params', 'env', 'consts', 'steps', 'context']

const REFERENCE = /\$\{?#?([A-Za-z_][\w-]*|\d+)((?:\.\w+)*)/g

/** Why a name in it needs a host: nothing that is seen there declares it, so it may be a variable of the host. Undefined: none does. */
export function unknownName(dag: Dag): string | undefined {
  for (const { json, declared } of partsOf(dag)) {
    for (const [, name = '', path = ''] of JSON.stringify(json).matchAll(REFERENCE)) {
      const shown = `\${${name}${path}}`
      if (PLACES.has(name) || /\.(stdout|stderr)\b|\.paths\./.test(path)) return `${shown} names a file on a runner`
      const isDeclared = declared.has(name) || declared.has(name.split('-', 1)[0] ?? '') || isReadOnly(name)
      if (!isDeclared) return `${shown} is not declared in the DAG and may be a variable of a runner`
    }
  }
  return undefined
}

interface Part {
  json: unknown
  /** Names that are the DAG's own in it. */
  declared: ReadonlySet<string>
}

function partsOf(dag: Dag): Part[] {
  const { description: _text, schedule: _times, localDags: _others, mail, env, params, steps, handlers, ...rest } = dag
  const declared = declaredNames(dag)
  const ofEnv = new Set(env.map(({ name }) => name))
  const before = new Set(params.defs.map(({ name }) => name))
  const entries = env.map(({ name, value }): Part => {
    // Its own name means what there was before it: a parameter, an entry above, else the host's.
    const part = { json: value, declared: before.has(name) ? declared : without(declared, name) }
    before.add(name)
    return part
  })
  const defs = params.defs.map(({ name, ...def }): Part => {
    const isItself = name !== undefined && !ofEnv.has(name)
    return { json: def, declared: isItself ? without(declared, name) : declared }
  })
  const nodes = [...steps, ...Object.values(handlers)].flatMap(step => partsOfStep(step, declared))
  return [
    { json: { ...rest, params: { ...params, defs: [] } }, declared },
    ...(usesMail(dag) ? [{ json: mail ?? null, declared }] : []),
    ...[...entries, ...defs, ...nodes],
  ]
}

/** Entries of a step's env do not see each other, and nobody else sees them. */
function partsOfStep(step: Step, declared: ReadonlySet<string>): Part[] {
  const { env, ...rest } = step
  const inside = new Set([...declared, ...env.map(({ name }) => name)])
  return [
    { json: env.map(({ value }) => value), declared },
    { json: step.type === 'jq' ? withoutOwnNames(rest, inside) : rest, declared: inside },
  ]
}

const without = (names: ReadonlySet<string>, name: string): Set<string> =>
  new Set([...names].filter(each => each !== name))

/** A query has variables of its own; what the DAG does not declare is one of those, and is never looked up on a host. */
const withoutOwnNames = (step: Omit<Step, 'env'>, declared: ReadonlySet<string>): Omit<Step, 'env'> => ({
  ...step,
  commands: step.commands.map(text =>
    text.replace(/\$([A-Za-z_]\w*)/g, (whole, name: string) => (declared.has(name) || PLACES.has(name) ? whole : '')),
  ),
})

function declaredNames(dag: Dag): Set<string> {
  const names = new Set(GIVEN)
  for (const { name } of dag.env) names.add(name)
  for (const [index, { name }] of dag.params.defs.entries()) names.add(name ?? String(index + 1))
  for (const step of [...dag.steps, ...Object.values(dag.handlers)]) {
    names.add(step.name)
    if (step.id !== undefined) names.add(step.id)
    if (step.output?.kind === 'variable') names.add(step.output.name)
    for (const name of step.approval?.input ?? []) names.add(name)
  }
  return names
}
