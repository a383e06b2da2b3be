// The agent's command line.
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '@edgedag/core/result'

export interface AgentOptions {
  /** Base address of the control plane. */
  url: string
  stateDir: string
  /** One-time token, needed while there are no credentials yet. */
  enrol?: string
  name: string
  labels: Record<string, string>
  /** Step processes at once. */
  capacity: number
  envPassthrough: string[]
  /** Bytes kept of a log stream; absent: all. */
  logCapBytes?: number
  docsDir?: string
  /** The control plane keeps that folder itself: nothing is brought to it. */
  docsShared?: boolean
  /** End when stdin ends: for a host that keeps the agent as its child. */
  exitWithStdin: boolean
}

export const USAGE = `edgedag-agent --url URL --state DIR [--enrol TOKEN] [--name NAME] [--labels K=V,K=V]
  [--label K=V]... [--capacity N] [--env-passthrough A,B] [--log-cap BYTES] [--docs-dir DIR]
`

/** Reads the command line; the error is a sentence for the user. */
export const readOptions = (argv: readonly string[]): Result<AgentOptions, string> => {
  let values: Record<string, string | string[] | boolean | undefined>
  try {
    values = parseArgs({
      args: [...argv],
      strict: true,
      options: {
        url: { type: 'string' },
        state: { type: 'string' },
        enrol: { type: 'string' },
        name: { type: 'string' },
        label: { type: 'string', multiple: true },
        labels: { type: 'string', short: 'l', multiple: true },
        capacity: { type: 'string' },
        'env-passthrough': { type: 'string' },
        'log-cap': { type: 'string' },
        'docs-dir': { type: 'string' },
        'docs-shared': { type: 'boolean' },
        'exit-with-stdin': { type: 'boolean' },
      },
    }).values
  } catch (error) {
    return err((error as Error).message)
  }
  const { url, state } = values
  if (typeof url !== 'string' || !isHttp(url)) return err('--url must be the http(s) address of the control plane')
  if (typeof state !== 'string' || state === '') return err('--state must name a folder for the agent')
  const listed = ((values.labels ?? []) as string[]).flatMap(list => list.split(',')).filter(pair => pair.trim() !== '')
  const labels = readLabels([...listed.map(pair => pair.trim()), ...((values.label ?? []) as string[])])
  if (!labels.ok) return labels
  const capacity = readCount('--capacity', values.capacity ?? '100', 10_000)
  if (!capacity.ok) return capacity
  const cap =
    values['log-cap'] === undefined ? undefined : readCount('--log-cap', values['log-cap'], Number.MAX_SAFE_INTEGER)
  if (cap !== undefined && !cap.ok) return cap
  return ok({
    url,
    stateDir: resolve(state),
    ...(typeof values.enrol === 'string' ? { enrol: values.enrol } : {}),
    name: typeof values.name === 'string' && values.name !== '' ? values.name : hostname(),
    labels: labels.value,
    capacity: capacity.value,
    envPassthrough: String(values['env-passthrough'] ?? '')
      .split(',')
      .map(name => name.trim())
      .filter(name => name !== ''),
    ...(cap === undefined ? {} : { logCapBytes: cap.value }),
    ...(typeof values['docs-dir'] === 'string' ? { docsDir: resolve(values['docs-dir']) } : {}),
    ...(values['docs-shared'] === true ? { docsShared: true } : {}),
    exitWithStdin: values['exit-with-stdin'] === true,
  })
}

const isHttp = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

const readLabels = (pairs: readonly string[]): Result<Record<string, string>, string> => {
  const labels: [string, string][] = []
  for (const pair of pairs) {
    const match = /^([\w.-]+)=(.+)$/.exec(pair)
    if (match === null) return err(`the label ${pair} is not of the form key=value`)
    labels.push([match[1]!, match[2]!])
  }
  return ok(Object.fromEntries(labels))
}

const readCount = (name: string, value: unknown, most: number): Result<number, string> => {
  const count = Number(value)
  return Number.isInteger(count) && count > 0 && count <= most
    ? ok(count)
    : err(`${name} must be a whole number over 0`)
}
