/// <reference types="@cloudflare/vitest-plugin/types" />

// The Vault in workerd: who is given an attempt's values, and what of a report reaches the run.
import { reset, SELF } from 'cloudflare:test'
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../auth/hash.ts'
import { stubOf } from '../../host/workerd-env.ts'
import { uploadKeyOf } from '../../store/hash.ts'
import { eventually, type StepEnd } from '../../testing/fake-agent.ts'
import { connectAgent, directory, ended, putDag, run, testEnv } from '../../testing/installation.ts'
import { SINGLETON } from '../contracts.ts'

const ADMIN = { name: 'root', admin: true }
const SECRET = 'hush-5f2a-hush'
const vault = () => stubOf(testEnv, 'vault', SINGLETON)

beforeEach(async () => {
  await vault().createProfile({ name: 'prod' }, ADMIN)
  await vault().setEntry('prod', { key: 'TOKEN', kind: 'secret', value: SECRET }, ADMIN)
})
afterEach(async () => await reset())

const STEPS = 'steps:\n  - { name: a, command: echo a }\n'

/** A run whose step goes on until `end` is called, on a connected runner. */
async function running(profile?: string) {
  let end: (how: StepEnd) => void = () => {}
  const behaved = new Promise<StepEnd>(resolve => {
    end = resolve
  })
  const { runnerId } = await connectAgent(() => behaved)
  const { dag } = await putDag('secretive', STEPS)
  const started = await dag.start({
    trigger: 'manual',
    mode: 'start',
    ...(profile === undefined ? {} : { profile }),
  })
  if (!started.ok) throw new Error(started.error.message)
  const { runId } = started.value
  await eventually(async () => (await run(runId).summary(runId))?.status === 'running')
  return { runnerId, runId, end, dag }
}

describe('secrets of the control plane itself', () => {
  it('open by name and version, are counted among what a change of keys covers, and are in no list', async () => {
    const before = (await vault().keys()).keys[0]!.values
    expect(await vault().putBox('webhook/d1', 'one')).toEqual({ ok: true, value: 1 })
    expect(await vault().putBox('webhook/d1', 'two')).toEqual({ ok: true, value: 2 })
    expect(await vault().openBox('webhook/d1', 1)).toEqual({ ok: true, value: 'one' })
    expect(await vault().openBox('webhook/d1', 2)).toEqual({ ok: true, value: 'two' })
    expect(await vault().openBox('webhook/d2', 2)).toMatchObject({ ok: false })
    await vault().putBox('webhook/d1', 'three')
    expect(await vault().openBox('webhook/d1', 1)).toMatchObject({ ok: false })
    expect((await vault().keys()).keys[0]!.values).toBe(before + 2)
    expect((await vault().secrets({ limit: 100, offset: 0 })).secrets).toEqual([])
    await vault().removeBox('webhook/d1')
    expect((await vault().keys()).keys[0]!.values).toBe(before)
  })
})

describe('the values of an attempt', () => {
  it('are given to the runner that holds a plan of it, and to nobody else, before it or after it', async () => {
    const { runnerId, runId, end } = await running('prod')
    const ask = async (runner: string, attempt: number) => {
      const answer = await run(runId).attemptSecrets(runner, { runId, attempt })
      return answer.ok ? answer.value.profile?.entries : answer.error.code
    }
    expect(await ask(runnerId, 1)).toEqual([{ key: 'TOKEN', value: SECRET, secret: true }])
    expect([await ask('r-other', 1), await ask(runnerId, 2), await ask(runnerId, 0)]).toEqual([
      ...['forbidden', 'forbidden', 'forbidden'],
    ])
    end({})
    await ended(runId)
    expect(await ask(runnerId, 1)).toBe('forbidden')
  })

  it('are asked for with the runner’s credential and the run’s signature, both', async () => {
    const { runId } = await running('prod')
    const credential = 'credential-of-another-runner'
    await directory().createEnrolment('other', Date.now() + 60_000, { labels: {} }, 'test')
    await directory().enrol('other', await sha256Hex(credential), 'other')
    const signature = (key: string) =>
      createHmac('sha256', Buffer.from(key, 'base64url')).update(`secrets/${runId}/1`).digest('hex')
    const own = signature(uploadKeyOf(testEnv.SIGNING_KEY!, runId))
    const ask = async (token: string, signed: string) => {
      const answer = await SELF.fetch(`http://edgedag/api/v1/runner/runs/${runId}/secrets`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'x-edgedag-signature': signed,
        },
        body: JSON.stringify({ attempt: 1 }),
      })
      expect(await answer.text()).not.toContain(SECRET)
      return answer.status
    }
    await directory().ensureBootstrapKey(await sha256Hex(testEnv.EDGEDAG_TOKEN!))
    expect(await ask('nobody', own)).toBe(401)
    expect(await ask(testEnv.EDGEDAG_TOKEN!, own)).toBe(403)
    expect(await ask(credential, signature('AAAA'))).toBe(403)
    // It has the signature, but holds nothing of the run.
    expect(await ask(credential, own)).toBe(403)
  })
})

describe('what a runner reports unmasked', () => {
  it('is masked before the run keeps or shows it', async () => {
    const { runId, end } = await running('prod')
    end({ outcome: 'failed', stdout: `t=${SECRET}\n${btoa(SECRET)}\n` })
    expect((await ended(runId)).profile).toBe('prod')
    const log = await run(runId).stepLog(runId, 'a', 'stdout')
    // The last characters of base64 depend on what follows and say nothing.
    expect(log?.inline).toMatch(/^t=\*{7}\n\*{7}.{0,3}\n$/)
    expect(log?.bytes).toBe(log?.inline?.length)
    expect(JSON.stringify([await run(runId).details(runId), await run(runId).events(runId)])).not.toContain(SECRET)
  })

  it('stays as it is in a run without a profile', async () => {
    const { runId, end } = await running()
    end({ stdout: `t=${SECRET}\n` })
    await ended(runId)
    expect((await run(runId).stepLog(runId, 'a', 'stdout'))?.inline).toBe(`t=${SECRET}\n`)
  })
})
