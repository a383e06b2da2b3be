// Base configurations over the API: stored when they load, refused with their problems when they do not.
import { describe, expect, it } from 'vitest'
import { createWorld } from './testing/world.ts'

const GLOBAL = 'settings/base-config'
const WORKSPACE = 'settings/workspaces/ops/base-config'

describe('base configurations', () => {
  it('are empty at first, and what was stored is read again', async () => {
    const world = await createWorld()
    expect(await (await world.ask('GET', GLOBAL)).json()).toEqual({ spec: '', errors: [] })
    const spec = 'env:\n  - A: base\n'
    const stored = await world.ask('PUT', GLOBAL, { body: { spec } })
    expect([stored.status, await stored.json()]).toEqual([200, { errors: [] }])
    expect(await (await world.ask('GET', GLOBAL)).json()).toEqual({ spec, errors: [] })
  })

  it('of a workspace stand beside the global one', async () => {
    const world = await createWorld()
    await world.ask('PUT', GLOBAL, { body: { spec: 'queue: base' } })
    await world.ask('PUT', WORKSPACE, { body: { spec: 'queue: ops' } })
    expect(await (await world.ask('GET', WORKSPACE)).json()).toEqual({ spec: 'queue: ops', errors: [] })
    expect(await (await world.ask('GET', GLOBAL)).json()).toEqual({ spec: 'queue: base', errors: [] })
  })

  it.each([
    ['broken YAML', 'env: ['],
    ['an unknown key', 'enviroment: {}'],
    ['a wrong value', 'timeout_sec: soon'],
  ])('with %s are refused with the place, and nothing is stored', async (_what, spec) => {
    const world = await createWorld()
    const refused = await world.ask('PUT', GLOBAL, { body: { spec } })
    expect(refused.status).toBe(400)
    const { problems } = (await refused.json()) as { problems: { line: number }[] }
    expect(problems[0]?.line).toBe(1)
    expect(await (await world.ask('GET', GLOBAL)).json()).toEqual({ spec: '', errors: [] })
  })

  it('lie under what is validated', async () => {
    const world = await createWorld()
    await world.ask('PUT', GLOBAL, { body: { spec: 'type: graph' } })
    const spec = 'steps:\n  - {name: a, command: "true"}\n  - {name: b, command: "true", depends: a}\n'
    const answer = await world.ask('POST', 'dags/validate', { body: { spec } })
    expect(await answer.json()).toMatchObject({ valid: true, dag: { type: 'graph' } })
  })
})
