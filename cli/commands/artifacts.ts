// `artifacts`: the files that a run has kept, listed, printed or saved.

import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Artifact as Item, Artifacts as Listing } from '@edgedag/core/api/generated/answers'
import { type ApiClient, ApiError } from '../client/api-client.ts'
import { getRun, runPath } from '../client/follow-run.ts'
import { connect } from '../connect.ts'
import { CommandError, EXIT, usage } from '../errors.ts'
import { type Command, type Invocation, text } from './command.ts'

const filesOf = (items: readonly Item[]): Item[] =>
  items.flatMap(item => (item.type === 'file' ? [item] : filesOf(item.children ?? [])))

function treeLines(items: readonly Item[], style: Invocation['style'], indent = ''): string[] {
  return items.flatMap(item =>
    item.type === 'file'
      ? [`${indent}${item.name}  ${style.paint('dim', sizeText(item.size ?? 0))}`]
      : [`${indent}${item.name}/`, ...treeLines(item.children ?? [], style, `${indent}  `)],
  )
}

function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

const downloadPath = (base: string, path: string): string =>
  `${base}/artifacts/download?path=${encodeURIComponent(path)}`

async function save(client: ApiClient, base: string, path: string, to: NodeJS.WritableStream): Promise<void> {
  const answer = await client.raw('GET', downloadPath(base, path))
  if (answer.body === null) return void to.end()
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), to, { end: to !== process.stdout })
}

/** Saves files below a folder; their paths come from a run, so none may lead out of it. */
async function saveAll(client: ApiClient, base: string, files: readonly Item[], folder: string): Promise<void> {
  for (const { path } of files) {
    const target = resolve(join(folder, path))
    if (!target.startsWith(resolve(folder) + sep)) throw new CommandError(`${path} leads out of ${folder}`, EXIT.failed)
    mkdirSync(dirname(target), { recursive: true })
    await save(client, base, path, createWriteStream(target))
    process.stderr.write(`saved ${target}\n`)
  }
}

/** A name of the address is a run's own: `latest` means the newest run of the DAG. */
async function artifacts(invocation: Invocation): Promise<number> {
  const [name, path, ...more] = invocation.positionals
  if (name === undefined) throw usage('artifacts needs the name of a DAG', 'see edgedag artifacts --help')
  if (more.length > 0) throw usage(`unexpected argument ${more[0]}`)
  const connection = await connect({ embed: 'read', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  const { client } = connection
  try {
    const run = await getRun(client, name, text(invocation.values['run-id']) ?? 'latest')
    const base = runPath(run.name, run.dagRunId)
    const listing = await client.get<Listing>(`${base}/artifacts`)
    const output = text(invocation.values.output)
    const files = filesOf(listing.items)
    const chosen = path === undefined ? files : files.filter(f => f.path === path || f.path.startsWith(`${path}/`))
    if (path !== undefined && chosen.length === 0)
      throw new CommandError(
        `there is no artifact ${path} in ${run.dagRunId}`,
        EXIT.notFound,
        `see edgedag artifacts ${name}`,
      )
    if (output !== undefined) await saveAll(client, base, chosen, output)
    else if (path !== undefined && chosen.length === 1) await save(client, base, chosen[0]!.path, process.stdout)
    else print(invocation, run.dagRunId, path === undefined ? listing : { ...listing, items: chosen })
    return EXIT.ok
  } catch (error) {
    if (error instanceof ApiError && error.status === 404)
      throw new CommandError(error.message, EXIT.notFound, 'a DAG keeps artifacts with `artifacts: {enabled: true}`')
    throw error
  } finally {
    await connection.close()
  }
}

function print({ json, style }: Invocation, runId: string, listing: Listing): void {
  if (json) return void process.stdout.write(`${JSON.stringify({ dagRunId: runId, ...listing })}\n`)
  const lines = treeLines(listing.items, style)
  process.stdout.write(lines.map(line => `${line}\n`).join(''))
  const more = listing.complete ? '' : '; more may come'
  process.stderr.write(
    `${style.paint('dim', `${listing.files} files, ${sizeText(listing.bytes)} in ${runId}${more}`)}\n`,
  )
  for (const warning of listing.warnings) process.stderr.write(`${style.paint('yellow', '!')} ${warning}\n`)
}

export const artifactsCommand: Command = {
  name: 'artifacts',
  synopsis: 'artifacts NAME [PATH] [-r RUN_ID] [-o DIR]',
  summary: 'list the files that a run has kept, print one, or save them',
  options: {
    'run-id': { type: 'string', short: 'r', value: 'ID', help: 'run id; the latest run unless given' },
    output: {
      type: 'string',
      short: 'o',
      value: 'DIR',
      help: 'save the files (all, or those of PATH) below this folder',
    },
  },
  examples: [
    ['edgedag artifacts report', 'the files of the newest run'],
    ['edgedag artifacts report summary.md', 'print one'],
    ['edgedag artifacts report -r ID -o ./out', 'save them all'],
  ],
  run: artifacts,
}
