// Secrets and profiles on the host: what steps get, what leaves, and what is left on the disk.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RUN_KEY } from './testing/fake-control.ts'
import { dagOf, type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture.close())

const SECRET = 'hush-5f2a-hush'
const GIVEN: AttemptSecrets = {
  defaults: [{ key: 'LAYER', value: 'default', secret: false }],
  profile: {
    name: 'prod',
    resolvedAt: 17,
    entries: [
      { key: 'MODE', value: 'live', secret: false },
      { key: 'TOKEN', value: SECRET, secret: true },
    ],
  },
  refs: { 'prod/db': { value: `${SECRET}-db` } },
  sealKeys: [RUN_KEY],
}

/** Files below a folder that hold a text. */
const holding = (dir: string, text: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => readFileSync(path, 'latin1').includes(text))

const start = async (yaml: string, context: Record<string, unknown> = {}, runId?: string) => {
  const { control } = fixture
  const started = control.startRun(dagOf(yaml), {
    ...(runId === undefined ? {} : { runId }),
    context: { profile: 'prod', ...context },
  })
  const end = await control.planEnded(started)
  const finished = (step: string) => control.finished(started.runId, step).at(-1)
  return { ...started, end, finished, text: (step: string) => finished(step)?.stdout?.text }
}

describe('values of a profile', () => {
  it('reach the steps and the DAG’s env, stronger than env, weaker than the DAG’s secrets and the step’s env', async () => {
    fixture.control.secrets = GIVEN
    const { text, runId } = await start(`
type: chain
env: [{ MODE: dag }, { URL: "https://\${MODE}" }, { DB: env }]
secrets: [{ name: DB, ref: prod/db }]
steps:
  - { name: a, command: 'echo "$MODE $URL $LAYER"' }
  - { name: b, env: [{ MODE: step }], command: 'test "$DB" = "hush-5f2a-hush-db" && echo "$MODE"' }
`)
    expect(text('a')).toBe('live https://live default\n')
    expect(text('b')).toBe('step\n')
    const prepared = fixture.control.eventsOf(runId)[0]
    expect(prepared).toMatchObject({
      profile: {
        resolvedAt: 17,
        entries: [
          { key: 'MODE', kind: 'variable' },
          { key: 'TOKEN', kind: 'secret' },
        ],
      },
    })
  })

  it.each([
    ['params', 'params: [LAYER=param]', 'param'],
    ['env', 'env: [{ LAYER: env }]', 'env'],
    ['nothing', '', 'default'],
  ])('that are defaults stand under %s', async (_, yaml, expected) => {
    fixture.control.secrets = GIVEN
    const { text } = await start(`${yaml}\nsteps: [{ name: a, command: 'echo $LAYER' }]`)
    expect(text('a')).toBe(`${expected}\n`)
  })

  it('that are refused fail the run before any step, in the control plane’s words', async () => {
    fixture.control.secrets = 'runtime profile prod is disabled'
    const { runId } = await start('steps: [{ name: a, command: echo x }]')
    expect(fixture.control.eventsOf(runId)[0]).toMatchObject({
      type: 'prepared',
      error: 'runtime profile prod is disabled',
    })
    expect(fixture.control.finished(runId, 'a')).toEqual([])
  })

  it('are not asked for by a run that has none', async () => {
    const { text } = await start('steps: [{ name: a, command: echo x }]', { profile: undefined })
    expect(text('a')).toBe('x\n')
    expect(fixture.control.asked).toEqual([])
  })
})

describe('a captured output with a secret in it', () => {
  const yaml = `
type: chain
steps:
  - { name: leak, command: 'echo "t=$TOKEN"', output: LEAKED }
  - { name: use, command: 'test "$LEAKED" = "t=hush-5f2a-hush" && echo same' }
`

  it('leaves masked, with what only the run’s key opens, and is whole for the next step', async () => {
    fixture.control.secrets = GIVEN
    const { finished, text } = await start(yaml)
    expect(finished('leak')?.outputs).toEqual({ LEAKED: 't=*******' })
    expect(finished('leak')?.sealed).toMatch(/^s1\.0a1b2c3d\./)
    expect(text('use')).toBe('same\n')
    expect(JSON.stringify(fixture.control.reports)).not.toContain(SECRET)
  })

  it('is whole in a later attempt on another host', async () => {
    fixture.control.secrets = GIVEN
    const first = await start(yaml)
    const { outputs, sealed } = first.finished('leak')!
    const other = await openFixture()
    try {
      other.control.secrets = GIVEN
      const started = other.control.startRun(dagOf(yaml), {
        runId: first.runId,
        context: {
          profile: 'prod',
          attempt: 2,
          results: { leak: { status: 'succeeded', exitCode: 0, outputs, sealed } },
        },
        items: [{ kind: 'prepare' }, { kind: 'step', step: 'use', attempt: 2 }],
      })
      await other.control.planEnded(started)
      expect(other.control.finished(first.runId, 'use')[0]?.stdout?.text).toBe('same\n')
    } finally {
      await other.close()
    }
  })

  it('is masked for a host without the key, and for another run', async () => {
    fixture.control.secrets = GIVEN
    const { outputs, sealed } = (await start(yaml)).finished('leak')!
    const results = { leak: { status: 'succeeded', exitCode: 0, outputs, sealed } }
    const { text } = await start(yaml.replace('test "$LEAKED" = "t=hush-5f2a-hush" && echo same', 'echo "$LEAKED"'), {
      results,
      attempt: 2,
    })
    expect(text('use')).toBe('t=*******\n')
  })
})

describe('the disk of the host', () => {
  it('holds no secret in a readable form while a run goes on, nor after it, nor anything to open it', async () => {
    const { control, dir } = fixture
    control.secrets = GIVEN
    const { runId } = await start(`
type: chain
steps:
  - { name: leak, command: 'echo "t=$TOKEN"; echo "$TOKEN" | base64; echo $TOKEN >&2', output: LEAKED }
  - { name: both, command: 'echo $TOKEN; echo $TOKEN >&2', log_output: merged, output: MORE }
  - { name: cond, preconditions: ['test "$(echo $TOKEN)" != ""'], command: echo ok }
`)
    const state = join(dir, 'state')
    expect(holding(state, SECRET).filter(path => !/\.(out|err|log|stdout|stderr)$|\/tmp\//.test(path))).toEqual([])
    control.send({ type: 'run', runId, end: 'finished' })
    const run = join(state, 'runs', runId)
    await control.until(() => !readFileSync(join(run, 'run.json'), 'utf8').includes('"sealed"'), 'the end of the run')
    expect(holding(state, SECRET)).toEqual([])
    expect(readFileSync(join(run, 'leak.1.out'), 'utf8')).toContain('t=*******')
    expect(statSync(join(state, 'host.key')).mode & 0o777).toBe(0o600)
  })

  it('lets a restarted agent go on with the same values', async () => {
    const { control, dir } = fixture
    control.secrets = GIVEN
    const started = control.startRun(
      dagOf(`
type: chain
steps:
  - { name: leak, command: 'echo "t=$TOKEN"', output: LEAKED }
  - { name: wait, command: 'while [ ! -e ${dir}/go ]; do sleep 0.05; done; echo "$TOKEN"' }
  - { name: use, command: 'test "$LEAKED" = "t=hush-5f2a-hush" && echo same' }
`),
      { context: { profile: 'prod' } },
    )
    await control.until(() => control.eventsOf(started.runId).some(e => e.type === 'started' && e.step === 'wait'))
    control.secrets = 'a rotation or a switch-off must not reach this attempt'
    await fixture.restart()
    writeFileSync(join(dir, 'go'), '')
    await control.planEnded(started)
    expect(control.finished(started.runId, 'wait')[0]?.stdout?.text).toBe('*******\n')
    expect(control.finished(started.runId, 'use')[0]?.stdout?.text).toBe('same\n')
    expect(control.asked).toHaveLength(1)
  })
})
