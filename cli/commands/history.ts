// `history`: past and present runs, filtered. `cleanup`: deletes old ones of a DAG.

import { createInterface } from 'node:readline/promises'
import type { Answers, DAGRunPage, DAGRunSummary } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { RUN_STATUS_CODES } from '@edgedag/core/run/status'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import { countdown, duration, statusIcon } from '../render/style.ts'
import { type Command, type Invocation, list, type Options, only, text } from './command.ts'
import { nameOnly } from './run-of.ts'
import { reading } from './runs.ts'

const UNITS: Record<string, number> = { m: 60, h: 3600, d: 86_400, w: 604_800 }
const PAGE = 500
const MOST = 1000

function sinceOf(last: string): number {
  const match = /^(\d+)([mhdw])$/.exec(last)
  if (!match) throw usage(`--last ${last} is not a duration`, 'use for example 90m, 24h, 7d or 1w')
  return Math.floor(Date.now() / 1000) - Number(match[1]) * (UNITS[match[2] ?? 'd'] ?? 0)
}

function dateOf(option: string, value: string): number {
  const at = Date.parse(value)
  if (Number.isNaN(at))
    throw usage(`--${option} ${value} is not a date`, 'use for example 2026-11-21 or 2026-11-21T08:00:00Z')
  return Math.floor(at / 1000)
}

const CODES: Record<string, number> = RUN_STATUS_CODES

/** Options that pick runs; `history` and `search` share them. */
export const RUN_FILTERS: Options = {
  status: { type: 'string', value: 'STATUS', multiple: true, help: 'only runs of this status (may repeat)' },
  last: { type: 'string', value: 'TIME', help: 'only runs of the last 90m, 24h, 7d, 1w' },
  from: { type: 'string', value: 'DATE', help: 'only runs since then' },
  to: { type: 'string', value: 'DATE', help: 'only runs until then' },
  'run-id': { type: 'string', short: 'r', value: 'ID', help: 'only runs with this in their id' },
  labels: { type: 'string', value: 'K=V', multiple: true, help: 'only runs with these labels' },
}

/** Throws a usage error for values that cannot be. */
export function runFilters({ values }: Invocation): URLSearchParams {
  const query = new URLSearchParams()
  const last = text(values.last)
  if (last) query.set('fromDate', String(sinceOf(last)))
  for (const [option, key] of [
    ['from', 'fromDate'],
    ['to', 'toDate'],
  ] as const) {
    const value = text(values[option])
    if (value) query.set(key, String(dateOf(option, value)))
  }
  for (const word of list(values.status)) {
    const code = CODES[word]
    if (code === undefined) throw usage(`unknown status ${word}`, `use one of ${Object.keys(CODES).join(', ')}`)
    query.append('status', String(code))
  }
  const runId = text(values['run-id'])
  if (runId) query.set('dagRunId', runId)
  for (const label of list(values.labels)) query.append('labels', label)
  return query
}

const FORMATS = ['table', 'json', 'csv']
const COLUMNS = [
  'name',
  'dagRunId',
  'statusLabel',
  'triggerType',
  'queuedAt',
  'startedAt',
  'finishedAt',
  'params',
] as const

const csvField = (value: unknown): string => {
  const field = value === undefined || value === null ? '' : String(value)
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

export const csvLines = (runs: readonly Record<string, unknown>[]): string[] => [
  COLUMNS.join(','),
  ...runs.map(run => COLUMNS.map(column => csvField(run[column])).join(',')),
]

function limitOf(value: string | undefined): number {
  const limit = Number(value ?? 100)
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw usage(`--limit must be a number from 1 to ${MOST}`)
  return limit
}

async function history(invocation: Invocation): Promise<number> {
  const filters = runFilters(invocation)
  const limit = limitOf(text(invocation.values.limit))
  const format = invocation.json ? 'json' : (text(invocation.values.format) ?? 'table')
  if (!FORMATS.includes(format)) throw usage(`unknown format ${format}`, `use one of ${FORMATS.join(', ')}`)
  const [name] = invocation.positionals
  const path = `/dag-runs${name ? `/${encodeURIComponent(nameOnly(name))}` : ''}`
  return reading(invocation, async client => {
    const runs: DAGRunSummary[] = []
    for (let cursor = ''; runs.length < limit; ) {
      const query = new URLSearchParams(filters)
      query.set('limit', String(Math.min(PAGE, limit - runs.length)))
      if (cursor) query.set('cursor', cursor)
      const page = await client.get<DAGRunPage>(`${path}?${query}`)
      runs.push(...page.dagRuns)
      if (!page.nextCursor) break
      cursor = page.nextCursor
    }
    const lines =
      format === 'json'
        ? [JSON.stringify(runs)]
        : format === 'csv'
          ? csvLines(runs as unknown as Record<string, unknown>[])
          : runs.map(run => historyLine(run, invocation))
    for (const line of lines) process.stdout.write(`${line}\n`)
  })
}

function historyLine(run: DAGRunSummary, { style }: Invocation): string {
  const took = duration(run)
  const when = run.startedAt || 'not started'
  return (
    `${statusIcon(run.statusLabel, style)} ${run.statusLabel.padEnd(11)} ${when.padEnd(20)} ${took.padStart(7)}  ${run.name} ${style.paint('dim', run.dagRunId)} ${run.params ?? ''}`.trimEnd() +
    style.paint('dim', whyOf(run))
  )
}

/** Why a run is as it is: in a few words, and when it goes on by itself. */
function whyOf({ statusLabel, reason, nextRetryAt }: DAGRunSummary): string {
  const isOpen = ['failed', 'waiting', 'queued', 'running'].includes(statusLabel)
  const words = (reason?.split('\n', 1)[0] ?? '').replace(/( child runs? of DAG \S+ did not succeed):.*/, '$1')
  const again = statusLabel === 'failed' && nextRetryAt ? `retried by itself ${countdown(nextRetryAt)}` : ''
  return [isOpen ? words : '', again]
    .filter(Boolean)
    .map(text => ` — ${text}`)
    .join('')
}

async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw usage('nobody is there to confirm', 'add --yes, or --dry-run to see what would go')
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await prompt.question(`${question} [y/N] `)
  prompt.close()
  return /^y(es)?$/i.test(answer.trim())
}

async function cleanup(invocation: Invocation): Promise<number> {
  const name = nameOnly(only(invocation, 'a DAG name', 'cleanup'))
  const days = Number(text(invocation.values['retention-days']) ?? 0)
  if (!Number.isInteger(days) || days < 0) throw usage('--retention-days must be a whole number, 0 or more')
  const { client } = await connect({ embed: 'no', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  const ask = (dryRun: boolean) =>
    client.post<Answers['POST /dags/{fileName}/dag-runs/cleanup']>(
      `/dags/${encodeURIComponent(name)}/dag-runs/cleanup`,
      {
        retentionDays: days,
        dryRun,
      } satisfies Bodies['POST /dags/{fileName}/dag-runs/cleanup'],
    )
  const found = await ask(true)
  const isDry = invocation.values['dry-run'] === true
  const runs = `${found.count} run${found.count === 1 ? '' : 's'} of ${name}`
  const goes =
    !isDry &&
    found.count > 0 &&
    (invocation.values.yes === true || (await isConfirmed(`Delete ${runs} with logs and artifacts?`)))
  const done = goes ? await ask(false) : found
  if (invocation.json) process.stdout.write(`${JSON.stringify({ ...done, deleted: goes })}\n`)
  else if (isDry) process.stdout.write([`${runs} would be deleted`, ...found.dagRunIds, ''].join('\n'))
  else process.stdout.write(goes ? `deleted ${done.count} of ${name}\n` : `nothing was deleted\n`)
  return EXIT.ok
}

export const historyCommand: Command = {
  name: 'history',
  synopsis: 'history [NAME] [--status STATUS] [--last 24h] [--from DATE] [--to DATE] [-f table|json|csv] [-l N]',
  summary: 'list runs, newest first',
  options: {
    ...RUN_FILTERS,
    format: { type: 'string', short: 'f', value: 'FORMAT', help: 'table, json or csv' },
    limit: { type: 'string', short: 'l', value: 'N', help: `at most so many (100, up to ${MOST})` },
  },
  examples: [
    ['edgedag history backup --status failed --last 7d', 'what failed this week'],
    ['edgedag history --format csv -l 1000', 'for a spreadsheet'],
  ],
  run: history,
}

export const cleanupCommand: Command = {
  name: 'cleanup',
  synopsis: 'cleanup NAME [--retention-days N] [--dry-run] [--yes]',
  summary: 'delete finished runs of a DAG with their logs; active runs are never deleted',
  options: {
    'retention-days': { type: 'string', value: 'N', help: 'keep runs of the last N days (0: none)' },
    'dry-run': { type: 'boolean', help: 'only say what would go' },
    yes: { type: 'boolean', short: 'y', help: 'do not ask' },
  },
  examples: [
    ['edgedag cleanup backup --retention-days 7 --dry-run', 'say what would go'],
    ['edgedag cleanup backup --retention-days 7 --yes', 'delete it'],
  ],
  run: cleanup,
}
