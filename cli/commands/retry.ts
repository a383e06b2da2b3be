// `retry`: what did not succeed runs again under the same id; `--edit` makes a new run of a changed file, which takes over the steps
// that are still right.

import { basename, extname } from 'node:path'
import type { EditedRun, EditRetryPreview as Preview } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { ApiClient } from '../client/api-client.ts'
import { readDagFile } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import type { Style } from '../render/style.ts'
import { type Command, type Invocation, list, only, text } from './command.ts'
import { idsOf, RUN_ID, type RunOf, runOf, SUB_RUN_ID, say, server } from './run-of.ts'

const ONLY_EDIT = ['skip', 'preview', 'new-run-id', 'no-skip'] as const

/** What the words ask for; throws before any server is looked for. */
function wishOf({ values }: Invocation) {
  const step = text(values.step)
  const from = text(values.from)
  const edit = text(values.edit)
  if (step !== undefined && from !== undefined)
    throw usage('--step and --from exclude each other', '--step runs one step, --from also all behind it')
  if (edit === undefined) {
    const extra = ONLY_EDIT.find(option => values[option] !== undefined)
    if (extra !== undefined) throw usage(`--${extra} goes with --edit FILE`, 'see edgedag retry --help')
    return { kind: 'same' as const, scope: from ? { fromStep: from } : step ? { stepName: step } : {} }
  }
  if (step !== undefined || from !== undefined || values['sub-run-id'] !== undefined)
    throw usage('--edit goes without --step, --from and --sub-run-id', '--skip STEP says what is not to run')
  if (values['no-skip'] === true && values.skip !== undefined)
    throw usage('--skip and --no-skip exclude each other', '--no-skip runs everything')
  const spec = readDagFile(edit)
  return { kind: 'edited' as const, file: edit, spec }
}

/** One line a step: whether it runs, and why it has to. */
export function previewLines(preview: Preview, skip: readonly string[], style: Style): string[] {
  const reasons = new Map(preview.ineligibleSteps.map(({ stepName, reason }) => [stepName, reason]))
  const width = Math.max(0, ...preview.steps.map(({ name }) => name.length))
  return [
    ...preview.steps.map(({ name, changed, canSkip }) => {
      const isSkipped = skip.includes(name)
      const why = reasons.get(name) ?? (changed ? 'changed' : canSkip && !isSkipped ? 'could be skipped' : '')
      const word = isSkipped ? style.paint('dim', 'skip') : style.paint('green', 'run ')
      return `  ${word} ${name.padEnd(width)} ${style.paint('dim', why)}`.trimEnd()
    }),
    ...preview.warnings.map(warning => style.paint('yellow', `  ${warning}`)),
  ]
}

async function retryEdited(client: ApiClient, run: RunOf, file: string, spec: string, invocation: Invocation) {
  const { values, json, style } = invocation
  const body = {
    spec,
    dagName: dagNameOf(run, file),
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/edit-retry/preview']
  const preview = await client.post<Preview>(`${run.path}/edit-retry/preview`, body)
  if (preview.errors.length > 0) {
    if (json) process.stdout.write(`${JSON.stringify(preview)}\n`)
    else for (const error of preview.errors) process.stderr.write(`${file}: ${error}\n`)
    return EXIT.failed
  }
  const skip = values['no-skip'] === true ? [] : values.skip === undefined ? preview.skippedSteps : list(values.skip)
  if (values.preview === true) {
    say(invocation, [`${run.title} would run again:`, ...previewLines(preview, skip, style)].join('\n'), {
      ...preview,
      skippedSteps: skip,
      runnableSteps: preview.steps.map(({ name }) => name).filter(name => !skip.includes(name)),
    })
    return EXIT.ok
  }
  const newId = text(values['new-run-id'])
  const request: Bodies['POST /dag-runs/{name}/{dagRunId}/edit-retry'] = {
    ...body,
    skipSteps: skip,
    ...(newId === undefined ? {} : { dagRunId: newId }),
  }
  const answer = await client.post<EditedRun>(`${run.path}/edit-retry`, request)
  const what = `${answer.startedSteps.length} of ${preview.steps.length} steps run`
  say(invocation, `${preview.dagName} ${answer.dagRunId} queued: ${what}`, answer)
  return EXIT.ok
}

/** A changed copy of a DAG's file keeps the DAG's name, whatever the copy is called. */
const dagNameOf = ({ name }: RunOf, file: string): string => (basename(file, extname(file)) === name ? '' : name)

async function retry(invocation: Invocation): Promise<number> {
  const word = only(invocation, 'a DAG name', 'retry')
  const wish = wishOf(invocation)
  const { client } = await server(invocation)
  const run = await runOf(client, word, invocation)
  if (wish.kind === 'edited') return retryEdited(client, run, wish.file, wish.spec, invocation)
  await client.post(`${run.path}/retry`, wish.scope satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/retry'])
  say(invocation, `retrying ${run.title}`, idsOf(run))
  return EXIT.ok
}

export const retryCommand: Command = {
  name: 'retry',
  synopsis:
    'retry NAME [-r RUN_ID] [-s SUB_RUN_ID] [--step STEP | --from STEP | --edit FILE [--preview] [--skip STEP]...]',
  summary: 'run again what did not succeed, under the same run id; --edit: a new run of a changed file',
  options: {
    ...RUN_ID,
    ...SUB_RUN_ID,
    step: { type: 'string', value: 'STEP', help: 'only this step' },
    from: { type: 'string', value: 'STEP', help: 'this step and all behind it' },
    edit: {
      type: 'string',
      short: 'e',
      value: 'FILE',
      help: 'a new run of this file; steps that are still right are taken over',
    },
    preview: { type: 'boolean', help: 'with --edit: only show what would run and what would be taken over' },
    skip: {
      type: 'string',
      value: 'STEP',
      multiple: true,
      help: 'with --edit: take over these steps instead of all that can be',
    },
    'no-skip': { type: 'boolean', help: 'with --edit: take over nothing' },
    'new-run-id': { type: 'string', value: 'ID', help: 'with --edit: id of the new run' },
  },
  examples: [
    ['edgedag retry backup', 'go on with what did not succeed in the newest run'],
    ['edgedag retry backup -r ID --from upload', 'this step and all behind it'],
    ['edgedag retry backup -r ID --edit new.yaml --preview', 'what a changed file would run and take over'],
  ],
  run: retry,
}
