// What becomes of values: outputs that nobody reads, and values that reach a second interpreter, which runs them as code.
// A value is data everywhere in the engine; `eval` and `sh -c` undo that by themselves.

import type { Dag } from './dag.ts'
import type { LintDocument, LintStep } from './lint.ts'
import { elements, type Field } from './node.ts'
import type { Report } from './report.ts'

export function lintValues(report: Report, document: LintDocument): void {
  warnUnusedOutputs(report, document)
  const names = knownNames(document)
  for (const step of document.steps) warnValuesAsCode(report, step, names)
}

/** How often each word stands in the file; comments count too, so that a doubtful case is silent. */
function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [word] of text.matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

function warnUnusedOutputs(report: Report, { own, steps, isRoot }: LintDocument): void {
  const { text } = own.node.source
  const withOutput = steps.filter(({ step, at }) => step.output !== undefined && at.map.has('output'))
  if (withOutput.length === 0) return
  const counts = countWords(text)
  for (const { step, at } of withOutput) {
    const { output } = step
    const field = at.map.get('output')
    if (!output || !field || (step.id !== undefined && text.includes(`${step.id}.output`))) continue
    if (output.kind === 'structured') {
      const hint =
        step.id === undefined
          ? 'give the step an id, by which its outputs are read'
          : `read it as \${${step.id}.output.key}`
      report.warn('lint.unused_output', field.path, field.node, 'no step reads these outputs', hint)
      continue
    }
    const declared = withOutput.filter(
      other => other.step.output?.kind === 'variable' && other.step.output.name === output.name,
    )
    // What a called document captures goes to its caller; a key says that the collected outputs are meant.
    const isForOthers = output.omit !== true && (!isRoot || output.key !== undefined)
    if (isForOthers || (counts.get(output.name) ?? 0) > declared.length) continue
    const left = output.omit === true ? 'it goes nowhere' : "it only appears among the run's outputs"
    report.warn('lint.unused_output', field.path, field.node, `no step reads the output ${output.name}: ${left}`)
  }
}

/** Names that the run itself gives values: in single quotes these are inserted, others are left to the inner shell. */
function knownNames({ dag, steps }: LintDocument): Set<string> {
  const ofSteps = steps.flatMap(({ step }) => [
    ...step.env.map(entry => entry.name),
    ...(step.output?.kind === 'variable' ? [step.output.name] : []),
  ])
  return new Set([...namesOf(dag), ...ofSteps])
}

const namesOf = (dag: Dag): string[] => [
  ...dag.env.map(entry => entry.name),
  ...dag.params.defs.flatMap(def => def.name ?? []),
  ...dag.secrets.map(secret => secret.name),
]

const SHELLS = /(?:^|\/)(?:ba|da|z|k|a)?sh$/
const SHELL_SHEBANG = /^#!\s*(?:\/usr\/bin\/env\s+)?\S*?(?:ba|da|z|k|a)?sh\b/
const EVAL = /(?:^|[\s;&|({`])eval\s+([^\n;|&]*)/g
const SHELL_C =
  /(?:^|[\s;&|({`/])(?:ba|da|z|k|a)?sh\s+(?:-[\w-]+\s+)*?-\w*c\s+("(?:[^"\\]|\\[\s\S])*"|'[^']*'|[^\s"']+)/g

function warnValuesAsCode(report: Report, { step, at }: LintStep, names: ReadonlySet<string>): void {
  if (step.exec) warnExec(report, at.map.get('exec'), step.exec, names)
  // Another interpreter has other words.
  if (step.shell?.[0] !== undefined && !SHELLS.test(step.shell[0])) return
  const command = at.map.get('command')
  const texts = [...(command ? elements(command) : []), at.map.get('script')]
  for (const field of texts) {
    if (field?.node.kind !== 'scalar') continue
    const { text } = field.node
    if (text.startsWith('#!') && !SHELL_SHEBANG.test(text)) continue
    for (const match of text.matchAll(EVAL)) {
      if (hasValue(match[1] ?? '', null))
        warnCode(report, field, match[0], 'eval runs the value as code', 'use the variable without eval')
    }
    for (const match of text.matchAll(SHELL_C)) {
      const body = match[1] ?? ''
      if (!hasValue(body, body.startsWith("'") ? names : null)) continue
      const hint = `hand it over as an argument: sh -c '... "$1"' sh "$VALUE"`
      warnCode(report, field, match[0], 'the inner shell runs the value as code', hint)
    }
  }
}

function warnExec(
  report: Report,
  field: Field | undefined,
  exec: { command: string; args: string[] },
  names: ReadonlySet<string>,
): void {
  const body = exec.args[exec.args.findIndex(arg => /^-\w*c$/.test(arg)) + 1]
  if (!field || !SHELLS.test(exec.command) || body === undefined || !hasValue(body, names)) return
  const hint = `hand it over as an argument: [-c, '... "$1"', sh, "\${VALUE}"]`
  report.warn('lint.value_as_code', field.path, field.node, 'the shell runs the value as code', hint)
}

/** Does the text hold a reference: to any variable, or to one of these? What `$( )` gives is no value of the run. */
function hasValue(text: string, names: ReadonlySet<string> | null): boolean {
  const bare = text.replace(/\\[\s\S]/g, '').replace(/\$\([^()]*\)/g, '')
  const found = [...bare.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map(match => match[1] ?? '')
  return found.some(name => names === null || names.has(name) || name.startsWith('DAG_'))
}

/** Points at the words themselves, also inside a block of text. */
function warnCode(report: Report, field: Field, words: string, message: string, hint: string): void {
  const { source, offset } = field.node
  const line = words.trim().split('\n', 1)[0] ?? ''
  const at = source.text.indexOf(line, offset)
  const place = { source, offset: at >= 0 && at < offset + 1_000_000 ? at : offset }
  report.warn('lint.value_as_code', field.path, place, message, hint)
}
