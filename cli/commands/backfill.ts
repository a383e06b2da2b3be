// `backfill`: runs of a DAG's due times in the past.
import type { Answers, Backfill, BackfillPreview as Preview } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { ApiClient } from '../client/api-client.ts'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import type { Style } from '../render/style.ts'
import { type Command, type Invocation, list, only, text } from './command.ts'
import { paramsOf } from './params.ts'

const STEERS = ['pause', 'resume', 'cancel'] as const

const countsOf = (runs: Record<string, number>): string =>
  Object.entries(runs)
    .map(([status, count]) => `${count} ${status.replaceAll('_', ' ')}`)
    .join(', ')

function backfillLine(job: Backfill, style: Style): string {
  const runs = countsOf(job.runs)
  const there = job.existing > 0 ? `, ${job.existing} had a run already` : ''
  const why = job.reason === undefined ? '' : ` — ${job.reason}`
  const range = style.paint('dim', `${job.from} to ${job.to}`)
  return `${job.backfillId} ${job.state}${why}  ${job.served} of ${job.total} due times${there}${runs && `: ${runs}`}  ${range}`
}

function previewLines({ total, existing, first, last, from, to, timezone }: Preview): string[] {
  const fresh = total - existing
  const there = existing > 0 ? `; ${existing} of them have a run already and are left alone` : ''
  return [
    `${total} due times from ${from} to ${to} (${timezone})${there}`,
    `${fresh} ${fresh === 1 ? 'run' : 'runs'} would be made, oldest first:`,
    ...first.map(at => `  ${at}`),
    ...(total > first.length ? [`  … until ${last}`] : []),
  ]
}

function bodyOf(invocation: Invocation): Bodies['POST /dags/{fileName}/backfills'] {
  const { values } = invocation
  const [from, to] = [text(values.from), text(values.to)]
  if (from === undefined) throw usage('backfill needs --from', 'a day like 2026-03-01, or an RFC 3339 time')
  const concurrency = Number(text(values.concurrency) ?? 1)
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100)
    throw usage(`--concurrency ${text(values.concurrency)} is not between 1 and 100`)
  const params = paramsOf(invocation)
  const labels = list(values.labels)
  return {
    from,
    concurrency,
    ...(to === undefined ? {} : { to }),
    ...(params === undefined ? {} : { params }),
    ...(labels.length === 0 ? {} : { labels }),
    ...(values['pause-on-failure'] === true ? { pauseOnFailure: true } : {}),
    ...(values['dry-run'] === true ? { dryRun: true } : {}),
  }
}

/** What the options ask of the server, as text lines for people and the answer for --json. */
async function ask(
  client: ApiClient,
  path: string,
  invocation: Invocation,
): Promise<{ answer: unknown; lines: string[] }> {
  const { values, style } = invocation
  for (const action of STEERS) {
    const id = text(values[action])
    if (id === undefined) continue
    const job = await client.post<Backfill>(`${path}/${encodeURIComponent(id)}/${action}`, {})
    return { answer: job, lines: [backfillLine(job, style)] }
  }
  if (values.list === true) {
    const { backfills } = await client.get<Answers['GET /dags/{fileName}/backfills']>(path)
    const lines = backfills.map(job => backfillLine(job, style))
    return { answer: backfills, lines: lines.length === 0 ? ['no backfills'] : lines }
  }
  const body = bodyOf(invocation)
  if (body.dryRun === true) {
    const preview = await client.post<Preview>(path, body)
    return { answer: preview, lines: previewLines(preview) }
  }
  const job = await client.post<Backfill>(path, body)
  return { answer: job, lines: [backfillLine(job, style)] }
}

async function backfill(invocation: Invocation): Promise<number> {
  const word = only(invocation, 'a DAG name', 'backfill')
  const fileName = word.replace(/^.*\//, '').replace(/\.ya?ml$/, '')
  const connection = await connect({ embed: 'no', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  const { answer, lines } = await ask(connection.client, `/dags/${encodeURIComponent(fileName)}/backfills`, invocation)
  process.stdout.write(invocation.json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`)
  return EXIT.ok
}

export const backfillCommand: Command = {
  name: 'backfill',
  synopsis: 'backfill NAME --from DAY [--to DAY] [--concurrency N] [--dry-run] [-- PARAMS...]',
  summary: 'run the due times of a range in the past; DAG_SCHEDULED_TIME tells each run its own',
  options: {
    from: { type: 'string', value: 'DAY', help: 'first day or RFC 3339 time' },
    to: { type: 'string', value: 'DAY', help: 'last day or time, included (now)' },
    concurrency: { type: 'string', short: 'c', value: 'N', help: 'runs at once (1)' },
    params: { type: 'string', short: 'p', value: 'TEXT', help: 'parameters of all runs' },
    labels: { type: 'string', value: 'K=V', multiple: true, help: 'labels of all runs' },
    'pause-on-failure': { type: 'boolean', help: 'make no more runs once one has failed' },
    'dry-run': { type: 'boolean', help: 'only show what it would run' },
    list: { type: 'boolean', short: 'l', help: "the DAG's backfills and how far they are" },
    pause: { type: 'string', value: 'ID', help: 'pause a backfill' },
    resume: { type: 'string', value: 'ID', help: 'go on with one' },
    cancel: { type: 'string', value: 'ID', help: 'end one; runs that have begun go on' },
  },
  examples: [
    ['edgedag backfill report --from 2026-11-01 --to 2026-11-07 --dry-run', 'show the due times first'],
    ['edgedag backfill report --from 2026-11-01 --to 2026-11-07 --concurrency 2', 'run them'],
    ['edgedag backfill report --list', 'how far they are'],
  ],
  run: backfill,
}
