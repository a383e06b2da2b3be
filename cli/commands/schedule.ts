// Commands about time: when a DAG fires next, and in which zone schedules are read.
import type { DAGSchedule as ScheduleAnswer, TimeZone as ZoneAnswer } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { previewFires } from '@edgedag/core/schedule/preview'
import { localTime } from '@edgedag/core/schedule/zones'
import { loadDags } from '@edgedag/core/spec/load'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import { hostZone } from '../host-zone.ts'
import type { Style } from '../render/style.ts'
import { readSchemaFiles } from '../schema-files.ts'
import { type Command, type Invocation, only, text } from './command.ts'
import { problemLines } from './files.ts'
import { targetOf } from './target.ts'

const WHY: Record<string, string> = {
  running: 'the run before was still going',
  queued: 'the run before was still queued',
  already_run: 'a run of that time was there already',
  succeeded: 'a run had succeeded since the time before (skip_if_successful)',
  missed: 'nothing was there to start it, and there is no catchup_window',
  overlap: 'overlap_policy: latest runs the newest missed time only',
}

const countOf = (value: string | undefined): number => {
  const count = value === undefined ? 5 : Number(value)
  if (!Number.isInteger(count) || count < 1 || count > 100) throw usage(`--number ${value} is not between 1 and 100`)
  return count
}

/** What a file's schedule does, read in this host's zone. */
function ofFile(target: { spec: string; name: string; dir: string; path: string }, count: number, style: Style) {
  const { spec, name, dir, path } = target
  const loaded = loadDags(spec, { fileName: name, files: readSchemaFiles(spec, name, dir) })
  if (!loaded.ok) {
    for (const line of problemLines(path, loaded.error, style)) process.stderr.write(`${line}\n`)
    return null
  }
  const { schedule } = loaded.value.dag
  const timezone = hostZone()
  const { fires, never } = previewFires(schedule, Date.now(), timezone, count)
  const answer: ScheduleAnswer = {
    suspended: false,
    scheduled: schedule.start.length + schedule.stop.length + schedule.restart.length > 0,
    timezone,
    fires: fires.map(fire => ({ ...fire, at: new Date(fire.at).toISOString().replace('.000Z', 'Z') })),
    never,
    skipped: [],
  }
  return answer
}

async function ofServer(invocation: Invocation, fileName: string, count: number): Promise<ScheduleAnswer> {
  const connection = await connect({ embed: 'read', ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  try {
    return await connection.client.get(`/dags/${encodeURIComponent(fileName)}/schedule?count=${count}`)
  } finally {
    await connection.close()
  }
}

function lines(answer: ScheduleAnswer, style: Style): string[] {
  const dim = (words: string) => style.paint('dim', words)
  const reader = hostZone()
  const out: string[] = []
  if (!answer.scheduled) out.push('It has no schedule: it runs when it is started.')
  if (answer.suspended) out.push(style.paint('yellow', 'Suspended: nothing of this fires until it is resumed.'))
  for (const fire of answer.fires) {
    const here = localTime(Date.parse(fire.at), reader)
    const yours = here === fire.local ? '' : dim(`  here ${here}`)
    const what = fire.do === 'start' ? '' : `${fire.do}  `
    out.push(`${fire.local}  ${what}${fire.zone}  ${dim(fire.expression)}${yours}`)
    if (fire.dst) out.push(style.paint('yellow', `    ${fire.dst.text}`))
  }
  for (const entry of answer.never) out.push(`${style.paint('red', 'never')}  ${entry.expression}  ${dim(entry.why)}`)
  for (const skip of answer.skipped.slice(0, 3)) {
    const times = skip.count > 1 ? `${skip.count} times from ${skip.from} to ${skip.at}` : skip.at
    out.push(dim(`skipped ${times}: ${WHY[skip.reason] ?? skip.reason}`))
  }
  return out
}

async function next(invocation: Invocation): Promise<number> {
  const target = targetOf(only(invocation, 'a DAG name or a file', 'next'))
  const count = countOf(text(invocation.values.number))
  const answer =
    target.kind === 'file'
      ? ofFile(target, count, invocation.style)
      : await ofServer(invocation, target.fileName, count)
  if (answer === null) return EXIT.failed
  if (invocation.json) process.stdout.write(`${JSON.stringify(answer)}\n`)
  else process.stdout.write(`${lines(answer, invocation.style).join('\n')}\n`)
  return EXIT.ok
}

async function timezone(invocation: Invocation): Promise<number> {
  const [zone, ...more] = invocation.positionals
  if (more.length > 0) throw usage(`unexpected argument ${more[0]}`, 'give one zone, like Europe/Berlin')
  const change = zone !== undefined || invocation.values.reset === true
  const embed = change ? 'no' : 'read'
  const connection = await connect({ embed, ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  try {
    const { client } = connection
    const answer = change
      ? await client.put<ZoneAnswer>('/settings/timezone', {
          timezone: zone ?? '',
        } satisfies Bodies['PUT /settings/timezone'])
      : await client.get<ZoneAnswer>('/settings/timezone')
    const whose = answer.isDefault ? " (the host's own)" : ''
    process.stdout.write(invocation.json ? `${JSON.stringify(answer)}\n` : `${answer.timezone}${whose}\n`)
    return EXIT.ok
  } finally {
    await connection.close()
  }
}

export const nextCommand: Command = {
  name: 'next',
  synopsis: 'next FILE|NAME [-n 5]',
  summary: 'show when a DAG fires next, in its zone and in yours',
  options: { number: { type: 'string', short: 'n', value: 'N', help: 'so many due times (5)' } },
  examples: [
    ['edgedag next backup -n 10', 'of a stored DAG'],
    ['edgedag next backup.yaml', 'of a file; needs no server'],
  ],
  run: next,
}

export const timezoneCommand: Command = {
  name: 'timezone',
  synopsis: 'timezone [ZONE | --reset]',
  summary: 'show or set the time zone of schedules that name none',
  options: { reset: { type: 'boolean', help: "back to the host's own" } },
  examples: [['edgedag timezone Europe/Berlin', 'for schedules that name none']],
  run: timezone,
}
