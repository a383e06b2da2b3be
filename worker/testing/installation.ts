// A small installation inside workerd, for tests: DAGs, one enrolled runner with a fake agent, and waiting for runs.
import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import type { Stub } from '../host/port.ts'
import { type Env, objectOf, stubOf } from '../host/workerd-env.ts'
import { type DagApi, type RunApi, type RunSummary, SINGLETON } from '../objects/contracts.ts'
import { runObjectName } from '../objects/names.ts'
import { eventually, FakeAgent, type FakeAgentOptions } from './fake-agent.ts'

export const testEnv = env as unknown as Env

let count = 0
export const unique = (prefix: string): string => `${prefix}${++count}`

export const directory = () => stubOf(testEnv, 'directory', SINGLETON)

/** Every object loses its memory at once and its sockets are cut; the first call after it may still meet the dying one. */
export async function crash(): Promise<void> {
  await abortAllDurableObjects()
  await eventually(() =>
    directory()
      .queues()
      .then(
        () => true,
        () => false,
      ),
  )
}

export const run = (runId: string): Stub<RunApi> =>
  stubOf(testEnv, 'run', runObjectName(runId, Number(testEnv.RUN_POOL ?? 0)))

export async function putDag(fileName: string, spec: string): Promise<{ dagId: string; dag: Stub<DagApi> }> {
  const dagId = (await directory().dagId(fileName, true))!
  const dag = stubOf(testEnv, 'dag', dagId)
  const stored = await dag.putSpec({ dagId, fileName, spec })
  if (!stored.ok) throw new Error(JSON.stringify(stored.error))
  return { dagId, dag }
}

export async function enrolRunner(name = 'fake', labels: Record<string, string> = {}): Promise<string> {
  const token = unique('enrolment')
  await directory().createEnrolment(token, Date.now() + 60_000, { labels }, 'test')
  const enrolled = await directory().enrol(token, unique('credential'), name)
  if (!enrolled.ok) throw new Error(enrolled.error.message)
  return enrolled.value.runnerId
}

export async function connectAgent(
  behave?: FakeAgentOptions['behave'],
  labels?: Record<string, string>,
  pinned?: Record<string, string>,
): Promise<{ agent: FakeAgent; runnerId: string }> {
  const runnerId = await enrolRunner('fake', pinned)
  const fetch = (request: Request) =>
    objectOf(testEnv, 'runner', runnerId).fetch(request as never) as unknown as Promise<Response>
  const agent = await new FakeAgent({
    fetch,
    ...(behave === undefined ? {} : { behave }),
    ...(labels === undefined ? {} : { labels }),
  }).connect()
  await agent.received(frame => frame.type === 'welcome')
  return { agent, runnerId }
}

export async function startRun(
  dag: Stub<DagApi>,
  mode: 'start' | 'enqueue' = 'start',
  queue?: string,
): Promise<string> {
  const started = await dag.start({ trigger: 'manual', mode, ...(queue === undefined ? {} : { queue }) })
  if (!started.ok) throw new Error(started.error.message)
  return started.value.runId
}

export const ended = (runId: string): Promise<RunSummary> =>
  eventually(async () => {
    const summary = await run(runId).summary(runId)
    return summary !== null && TERMINAL_RUN_STATUSES.has(summary.status) ? summary : null
  })
