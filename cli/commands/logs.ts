// `logs`: what the steps of a run wrote, whole or followed.
import type { LogPage } from '@edgedag/core/api/generated/answers'
import type { ApiClient } from '../client/api-client.ts'
import { getRun, runPath } from '../client/follow-run.ts'
import { allNodes, isSettled, type RunDetails } from '../client/run-details.ts'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import { type Command, type Invocation, only, text } from './command.ts'

const FOLLOW_MS = 250
const PAGE_LINES = 5000

type Print = (step: string, content: string) => void

/** Prints the lines from `from` on; answers the number of lines there are now. */
async function printFrom(
  client: ApiClient,
  path: string,
  step: string,
  stream: string,
  from: number,
  print: Print,
): Promise<number> {
  for (let at = from; ; ) {
    const page = await client.get<LogPage>(
      `${path}/steps/${encodeURIComponent(step)}/log?stream=${stream}&offset=${at + 1}&limit=${PAGE_LINES}`,
    )
    const count = page.content === '' ? 0 : page.content.replace(/\n$/, '').split('\n').length
    if (count > 0) print(step, page.content.endsWith('\n') ? page.content : `${page.content}\n`)
    at += count
    if (count < PAGE_LINES) return at
  }
}

async function logs(invocation: Invocation): Promise<number> {
  const name = only(invocation, 'a DAG name', 'logs')
    .replace(/^.*\//, '')
    .replace(/\.ya?ml$/, '')
  const stream = text(invocation.values.stream) ?? 'stdout'
  if (stream !== 'stdout' && stream !== 'stderr') throw usage(`unknown stream ${stream}`, 'use stdout or stderr')
  const connection = await connect({ embed: 'read', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  try {
    await printLogs(connection.client, name, stream, invocation)
    return EXIT.ok
  } finally {
    await connection.close()
  }
}

/** Headings between steps go to stderr, so that stdout holds the log alone. */
function printer(invocation: Invocation, stream: string, headings: boolean): Print {
  let lastStep = ''
  return (step, content) => {
    if (invocation.json) {
      for (const line of content.replace(/\n$/, '').split('\n')) {
        process.stdout.write(`${JSON.stringify({ step, stream, line })}\n`)
      }
      return
    }
    if (headings && step !== lastStep) process.stderr.write(`${invocation.style.paint('dim', `── ${step} ──`)}\n`)
    lastStep = step
    process.stdout.write(content)
  }
}

async function printLogs(client: ApiClient, name: string, stream: string, invocation: Invocation): Promise<void> {
  const wanted = text(invocation.values.step)
  let run: RunDetails = await getRun(client, name, text(invocation.values['run-id']) ?? 'latest')
  const names = allNodes(run).map(n => n.step.name)
  if (wanted && !names.includes(wanted)) throw usage(`no step ${wanted} in ${name}`, `steps: ${names.join(', ')}`)
  const path = runPath(name, run.dagRunId)
  const printed = new Map<string, number>()
  const print = printer(invocation, stream, wanted === undefined)
  for (;;) {
    for (const node of allNodes(run)) {
      const step = node.step.name
      if ((wanted && step !== wanted) || node.statusLabel === 'not_started') continue
      printed.set(step, await printFrom(client, path, step, stream, printed.get(step) ?? 0, print))
    }
    if (!invocation.values.follow || isSettled(run)) return
    await new Promise(resolve => setTimeout(resolve, FOLLOW_MS))
    run = await getRun(client, name, run.dagRunId)
  }
}

export const logsCommand: Command = {
  name: 'logs',
  synopsis: 'logs NAME [-r RUN_ID] [--step STEP] [--stream stderr] [-f]',
  summary: "print what a run's steps wrote",
  options: {
    'run-id': { type: 'string', short: 'r', value: 'ID', help: 'run id; the latest run unless given' },
    step: { type: 'string', value: 'STEP', help: 'only this step' },
    stream: { type: 'string', value: 'NAME', help: 'stdout (default) or stderr' },
    follow: { type: 'boolean', short: 'f', help: 'go on until the run ends' },
  },
  examples: [
    ['edgedag logs backup -f', 'all steps of the newest run, until it ends'],
    ['edgedag logs backup -r ID --step dump --stream stderr', 'one stream of one step'],
  ],
  run: logs,
}
