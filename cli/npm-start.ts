// What `npm start` runs once everything is built: serves the product on this machine, runs the first workflow, and goes on until Ctrl-C.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ApiClient } from './client/api-client.ts'
import { dashboardLink, startFromOptions, untilSignal } from './commands/serve.ts'
import { productRoot } from './embedded/paths.ts'

const USAGE =
  'npm start -- [--port N] [--host ADDRESS] [--dags DIR] [--docs DIR] [--state DIR] [--capacity N] [--no-demo]'

const say = (line: string) => process.stdout.write(`${line}\n`)

function options() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        dags: { type: 'string' },
        docs: { type: 'string' },
        state: { type: 'string' },
        capacity: { type: 'string' },
        'no-demo': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    process.stderr.write(`edgedag: ${(error as Error).message}\n  use: ${USAGE}\n`)
    process.exit(2)
  }
}

/** Runs hello and prints its steps as they go. A failure of the demonstration does not end the server. */
async function demonstrate(client: ApiClient): Promise<void> {
  const { followRun } = await import('./client/follow-run.ts')
  const { createProgress } = await import('./render/progress.ts')
  const { styleFor } = await import('./render/style.ts')
  const { dagRunId } = await client.post<{ dagRunId: string }>('/dags/hello/start', {})
  const progress = createProgress({ style: styleFor(process.stdout), json: false, out: process.stdout })
  await followRun(client, 'hello', dagRunId, run => progress.changed(run))
}

async function start(): Promise<number> {
  const values = options()
  if (values.help) {
    say(USAGE)
    return 0
  }
  const host = await startFromOptions({ values, stateDir: values.state }, join(productRoot(), 'examples'))
  const stopped = untilSignal()
  say(`edgedag: serving ${host.dagsDir} on ${host.url}`)
  const hasHello = values.dags === undefined && !values['no-demo']
  if (hasHello)
    await demonstrate(host.client).catch(error => say(`edgedag: the demonstration did not run: ${error.message}`))
  say(
    `\n  Dashboard  ${dashboardLink(host)}\n  API        ${host.url}/api/v1   (key in EDGEDAG_TOKEN or the state folder)\n  Stop       Ctrl-C\n`,
  )
  await stopped
  say('edgedag: stopping; running steps go on and are taken up by the next start')
  await host.close()
  return 0
}

try {
  process.exitCode = await start()
} catch (error) {
  const { hint, exitCode, stderr, message } = error as Error & { hint?: string; exitCode?: number; stderr?: string }
  process.stderr.write(`edgedag: ${message}\n${stderr ? `${stderr}\n` : ''}${hint ? `  ${hint}\n` : ''}`)
  process.exitCode = exitCode ?? 1
}
