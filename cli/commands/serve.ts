// `server`: the product on this machine, until Ctrl-C. `agent`: a runner agent for a server elsewhere.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { HostInUse, type RunningHost, startHost } from '../embedded/host.ts'
import { defaultStateDir } from '../embedded/paths.ts'
import { CommandError, EXIT, usage } from '../errors.ts'
import { type Command, type Invocation, type Options, text } from './command.ts'

export const SERVE_OPTIONS: Options = {
  port: { type: 'string', short: 'p', value: 'N', help: 'port (8080)' },
  host: { type: 'string', value: 'ADDRESS', help: 'address to listen on (127.0.0.1)' },
  dags: { type: 'string', short: 'd', value: 'DIR', help: 'folder of DAG files' },
  config: { type: 'string', short: 'c', value: 'FILE', help: 'configuration file (config.yaml of the state folder)' },
  capacity: { type: 'string', value: 'N', help: 'step processes that this machine runs at once (100)' },
  docs: { type: 'string', value: 'DIR', help: "folder of documents; '' for none (docs below the DAG files)" },
}

/** The link that signs the browser in once: the key is behind `#`, so it reaches no server log. */
export const dashboardLink = (host: Pick<RunningHost, 'url' | 'token'>): string =>
  `${host.url}/#token=${encodeURIComponent(host.token)}`

function portOf(value: string | undefined): number {
  const port = value === undefined ? 8080 : Number(value)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw usage(`--port ${value} is not a port number`)
  return port
}

function capacityOf(value: string | undefined): { capacity?: number } {
  if (value === undefined) return {}
  if (!/^[1-9]\d{0,4}$/.test(value)) throw usage(`--capacity ${value} is not a number of step processes`)
  return { capacity: Number(value) }
}

/** Starts the host with the options of the command line; a port or folder in use is said in words. */
export async function startFromOptions(
  invocation: Pick<Invocation, 'values' | 'stateDir'>,
  defaultDags?: string,
): Promise<RunningHost> {
  const stateDir = resolve(invocation.stateDir ?? defaultStateDir())
  const dags = text(invocation.values.dags) ?? defaultDags
  const port = portOf(text(invocation.values.port))
  if (text(invocation.values.dags) && !existsSync(resolve(dags ?? ''))) throw usage(`the folder ${dags} does not exist`)
  try {
    const host = text(invocation.values.host)
    const docs = text(invocation.values.docs)
    const config = text(invocation.values.config)
    return await startHost({
      stateDir,
      port,
      ...(host ? { host } : {}),
      ...(dags ? { dagsDir: resolve(dags) } : {}),
      ...(config ? { configFile: resolve(config) } : {}),
      ...capacityOf(text(invocation.values.capacity)),
      ...(docs === undefined ? {} : { docsDir: docs === '' ? '' : resolve(docs) }),
    })
  } catch (error) {
    if (error instanceof HostInUse) {
      const { record } = error
      throw new CommandError(
        `Edgedag is already running on ${stateDir} (pid ${record.owner.pid})${record.url ? `: ${record.url}` : ' and starting'}`,
        EXIT.conflict,
        'use that one, stop it first, or give this one a state folder of its own with --state DIR',
      )
    }
    if (
      /EADDRINUSE|ERR_ADDRESS_IN_USE|in use/i.test(
        String((error as Error).message) + String((error as { code?: string }).code),
      )
    ) {
      throw new CommandError(`port ${port} is in use by another program`, EXIT.conflict, 'choose another with --port N')
    }
    throw error
  }
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal))
  })
}

async function serve(invocation: Invocation): Promise<number> {
  const host = await startFromOptions(invocation)
  process.stdout.write(
    invocation.json
      ? `${JSON.stringify({ url: host.url, dags: host.dagsDir, state: join(resolve(invocation.stateDir ?? defaultStateDir())) })}\n`
      : `Edgedag serves ${host.dagsDir}\n  dashboard  ${dashboardLink(host)}\n`,
  )
  await untilSignal()
  await host.close()
  return EXIT.ok
}

export const serverCommand: Command = {
  name: 'server',
  synopsis: 'server [--port N] [--host ADDRESS] [--dags DIR]',
  summary: 'serve the control plane, one local agent and the dashboard',
  options: SERVE_OPTIONS,
  examples: [
    ['edgedag server --dags ~/dags', 'serve a folder of DAG files'],
    ['edgedag server --port 9000 --state /srv/edgedag --host 0.0.0.0', 'for a network; a key is always needed'],
  ],
  run: serve,
}

export const agentCommand: Command = {
  name: 'agent',
  synopsis: 'agent --url URL --state DIR [--enrol TOKEN] [--labels K=V,K=V]',
  summary: 'run a runner agent on this host',
  options: {
    url: { type: 'string', value: 'URL', help: 'address of the server' },
    enrol: { type: 'string', value: 'TOKEN', help: 'one-time enrolment token' },
    name: { type: 'string', value: 'NAME', help: 'name of this runner' },
    labels: { type: 'string', short: 'l', value: 'K=V,K=V', multiple: true, help: 'labels for worker_selector' },
    label: { type: 'string', value: 'K=V', multiple: true, help: 'one label for worker_selector (may repeat)' },
    capacity: { type: 'string', value: 'N', help: 'step processes at once (100)' },
    'env-passthrough': { type: 'string', value: 'A,B', help: 'further host variables that steps may see' },
    'log-cap': { type: 'string', value: 'BYTES', help: 'bytes kept of a stream of a step (all)' },
    'docs-dir': { type: 'string', value: 'DIR', help: 'folder that is kept the same as the documents of the server' },
  },
  examples: [
    [
      'edgedag agent --url https://your-control-plane --state /var/lib/edgedag-agent --enrol TOKEN --label gpu=true',
      'the first time; later without --enrol',
    ],
  ],
  async run(invocation) {
    const argv: string[] = []
    for (const [name, value] of Object.entries(invocation.values)) {
      if (name === 'json' || name === 'help' || value === undefined) continue
      for (const one of Array.isArray(value) ? value : [value])
        argv.push(`--${name}`, ...(one === true ? [] : [String(one)]))
    }
    if (!invocation.stateDir) argv.push('--state', join(defaultStateDir(), 'agent'))
    // Not with the server's code: the server keeps what it has loaded.
    const { main } = await import('@edgedag/runner-agent/main')
    return main(argv)
  },
}
