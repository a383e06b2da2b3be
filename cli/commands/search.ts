// `search`: runs, DAG files and lines of logs that have a text.
import type { DAGRunPage, FoundDAGs, LogSearchLine } from '@edgedag/core/api/generated/answers'
import type { ApiClient } from '../client/api-client.ts'
import { usage } from '../errors.ts'
import { type Style, statusIcon } from '../render/style.ts'
import { type Command, type Invocation, list, text } from './command.ts'
import { RUN_FILTERS, runFilters } from './history.ts'
import { reading } from './runs.ts'

const PLACES = ['dags', 'runs', 'logs'] as const
type Place = (typeof PLACES)[number]

interface Wish {
  q: string
  filters: URLSearchParams
  limit: number
  json: boolean
  style: Style
}

const write = (line: string): boolean => process.stdout.write(`${line}\n`)

/** The hit in colour, wherever its case is another. */
function marked(line: string, q: string, style: Style): string {
  const at = line.toLowerCase().indexOf(q.toLowerCase())
  if (at < 0) return line
  const end = at + q.length
  return `${line.slice(0, at)}${style.paint('yellow', line.slice(at, end))}${line.slice(end)}`
}

async function searchDags(client: ApiClient, { q, json, style }: Wish): Promise<void> {
  const { results } = await client.get<FoundDAGs>(`/dags/search?${new URLSearchParams({ q })}`)
  for (const result of results) {
    if (json) write(JSON.stringify({ in: 'dags', ...result }))
    else
      for (const { line, lineNumber, startLine } of result.matches)
        write(
          `${style.paint('cyan', `${result.name}:${lineNumber}`)}: ${marked((line.split('\n')[lineNumber - startLine] ?? '').trim(), q, style)}`,
        )
  }
}

async function searchRuns(client: ApiClient, { q, filters, limit, json, style }: Wish): Promise<void> {
  const query = new URLSearchParams(filters)
  query.set('q', q)
  query.set('limit', String(Math.min(limit, 500)))
  const { dagRuns } = await client.get<DAGRunPage>(`/dag-runs?${query}`)
  for (const run of dagRuns) {
    if (json) write(JSON.stringify({ in: 'runs', ...run }))
    else
      write(
        `${statusIcon(run.statusLabel, style)} ${marked(run.name, q, style)} ${style.paint('dim', run.dagRunId)} ${marked(run.params ?? '', q, style)}`.trimEnd(),
      )
  }
}

const ENDS: Record<string, string> = {
  hits: 'there are more hits: narrow the search, or raise --limit',
  runs: 'older runs were not looked at: narrow the search with --last or a status',
  bytes: 'older logs were not looked at: narrow the search',
  time: 'it took too long: older runs were not looked at',
}

async function searchLogs(client: ApiClient, { q, filters, limit, json, style }: Wish): Promise<void> {
  const query = new URLSearchParams(filters)
  query.set('q', q)
  query.set('limit', String(limit))
  const answer = await client.raw('GET', `/search/logs?${query}`)
  let some = false
  for await (const line of linesOf(answer)) {
    const found = JSON.parse(line) as LogSearchLine
    if (json) write(JSON.stringify({ in: 'logs', ...found }))
    else if (found.type === 'end') {
      const why = ENDS[found.reason]
      if (found.unsearched > 0)
        process.stderr.write(
          `${style.paint('yellow', `not searched to the end: ${found.unsearched} logs, as said above`)}\n`,
        )
      if (why) process.stderr.write(`${style.paint('dim', `after ${found.runs} runs: ${why}`)}\n`)
      else if (!some) process.stderr.write(`${style.paint('dim', 'no line of a log has it')}\n`)
    } else if (found.type === 'unsearched') {
      const where = `${found.name} ${found.dagRunId} ${found.subDagName ? `${found.subDagName} ` : ''}${found.step} (${found.stream})`
      process.stderr.write(`${style.paint('dim', `${where}: not searched: ${found.why}`)}\n`)
    } else {
      some = true
      write(
        `${style.paint('cyan', `${found.name} ${found.dagRunId} ${found.subDagName ? `${found.subDagName} ` : ''}${found.step}:${found.lineNumber}`)}: ${marked(found.line, q, style)}`,
      )
    }
  }
}

async function* linesOf(answer: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of answer.body ?? []) {
    const lines = (rest + decoder.decode(part as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

const SEARCHES: Record<Place, (client: ApiClient, wish: Wish) => Promise<void>> = {
  dags: searchDags,
  runs: searchRuns,
  logs: searchLogs,
}

async function search(invocation: Invocation): Promise<number> {
  const { positionals, values, json, style } = invocation
  const q = positionals.join(' ').trim()
  if (q === '') throw usage('search needs a text', 'for example: edgedag search "disk full" --in logs --last 24h')
  const places = list(values.in).flatMap(word => word.split(','))
  for (const place of places)
    if (!PLACES.includes(place as Place))
      throw usage(`nothing is searched in ${place}`, `use --in ${PLACES.join(', ')}`)
  const limit = Number(text(values.limit) ?? 100)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw usage('--limit must be a number from 1 to 1000')
  const filters = runFilters(invocation)
  return reading(invocation, async client => {
    for (const place of PLACES)
      if (places.length === 0 || places.includes(place))
        await SEARCHES[place](client, { q, filters, limit, json, style })
  })
}

export const searchCommand: Command = {
  name: 'search',
  synopsis: 'search TEXT... [--in dags|runs|logs] [--last 24h] [--status STATUS]',
  summary: 'find DAG files, runs and lines of logs by a text',
  options: {
    in: { type: 'string', value: 'WHERE', multiple: true, help: 'dags, runs or logs; all of them unless given' },
    ...RUN_FILTERS,
    limit: { type: 'string', short: 'l', value: 'N', help: 'at most so many runs and lines (100)' },
  },
  examples: [["edgedag search 'connection refused' --in logs --last 24h", 'lines in the logs of all DAGs']],
  run: search,
}
