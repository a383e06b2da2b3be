// Profiles and secrets on the real product: what runs get and when, and that no readable value is left in the state folder.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Product, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { type Call, caller } from './support/http.ts'
import { serve } from './support/serve.ts'

const SECRETS = { first: 'hush-tok-1f9c', second: 'hush-tok-2e8b', db: 'hush-db-77aa' }

const DAGS = {
  leaky: `
type: chain
secrets: [{ name: DB, ref: prod/db }]
steps:
  - { name: say, command: 'echo "t=$TOKEN d=$DB"; printf %s "$TOKEN" | base64; echo "$DB" >&2', output: LINE }
  - { name: flood, command: 'i=0; while [ $i -lt 3000 ]; do echo "line $i has $TOKEN and $DB in it"; i=$((i+1)); done' }
  - { name: use, command: 'test "$LINE" != "" && case "$LINE" in *"t=$TOKEN d=$DB"*) echo whole;; esac' }
  - { name: cond, preconditions: ['test "$(echo $TOKEN)" != none'], command: echo ok }
`,
  waits: `
type: chain
steps:
  - { name: before, command: 'echo "$MODE"; printf %s "$TOKEN" | tail -c 4', output: GOT }
  - { name: gate, command: 'while [ ! -e __DIR__/go ]; do sleep 0.05; done' }
  - { name: after, command: 'echo "$MODE"; printf %s "$TOKEN" | tail -c 4; case "$GOT" in *"$(printf %s "$TOKEN" | tail -c 4)") echo same;; esac' }
  - { name: fails, command: 'test "$MODE" = fixed' }
`,
  parent: `
type: chain
steps:
  - { name: go, call: kid }
---
name: kid
steps:
  - { name: k, command: 'echo "$MODE"; printf %s "$TOKEN" | tail -c 4' }
`,
  hands: `
type: chain
steps:
  - { name: go, call: kid, parallel: [eu, us], params: 'KEY="Bearer \${TOKEN}" AT=\${ITEM}' }
---
name: kid
type: chain
params: [{ name: KEY, type: string, pattern: '^Bearer hush-' }, { name: AT, type: string }]
steps:
  - { name: say, command: 'echo "$AT $KEY"; printf %s "$KEY" | tail -c 4', output: SAID }
  - { name: once, command: 'test "$AT" = eu || test -e __DIR__/second' }
  - { name: deeper, call: grandkid, params: 'KEY="\${KEY}"' }
---
name: grandkid
params: 'KEY=""'
steps:
  - { name: tell, command: 'echo "g $KEY"; printf %s "$KEY" | tail -c 4' }
`,
  takes: `
type: chain
steps:
  - { name: before, command: echo plain }
  - { name: go, call: kid, output: R }
  - { name: use, command: 'echo "r=\${R.outputs.OUT}"; printf %s "\${R.outputs.OUT}" | tail -c 4', output: USED }
---
name: kid
secrets: [{ name: DB, ref: prod/db }]
steps:
  - { name: k, command: 'echo "out $DB"', output: OUT }
`,
  plain: 'steps:\n  - { name: a, command: \'echo "[$LAYER]"\' }\n',
}

let product: Product
let api: Call
const log = async (name: string, id: string, step: string): Promise<string> =>
  (await api('GET', `/dag-runs/${name}/${id}/steps/${step}/log`)).json?.content
const details = async (name: string, id: string) => (await api('GET', `/dag-runs/${name}/${id}`)).json?.dagRunDetails
const ended = (name: string, id: string, attempt = 1) =>
  until(`the end of ${id}`, async () => {
    const run = await details(name, id)
    return run?.attempt >= attempt && ![0, 1, 5].includes(run.status) && run
  })
const start = async (name: string, body: object = {}) => {
  const started = await api('POST', `/dags/${name}/start`, body)
  expect(started.text).toContain('dagRunId')
  return started.json.dagRunId as string
}
const set = (key: string, value: string, kind = 'secrets', profile = 'prod') =>
  api('PUT', `/profiles/${profile}/${kind}/${key}`, { value })

beforeAll(async () => {
  product = await serve()
  api = caller(product.url, product.token)
  for (const [name, text] of Object.entries(DAGS)) writeDag(product.dir, name, text.replaceAll('__DIR__', product.dir))
  await until('all DAGs', async () => (await api('GET', '/dags')).json.dags.length === Object.keys(DAGS).length)
  await api('POST', '/profiles', { name: 'prod', description: 'live' })
  await set('MODE', 'live', 'variables')
  await set('TOKEN', SECRETS.first)
  expect((await api('POST', '/secrets', { ref: 'prod/db', value: SECRETS.db })).status).toBe(201)
}, 120_000)
afterAll(() => product?.end())

/** Files below a folder that hold one of the texts: as it is, in base64, or in a compressed part (packs are made of those). */
function holding(dir: string, texts: string[]): string[] {
  const needles = texts.flatMap(text => [text, Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -2)])
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => parts(readFileSync(path)).some(bytes => needles.some(needle => bytes.includes(needle))))
}

const GZIP = Buffer.from([0x1f, 0x8b, 0x08])

function parts(bytes: Buffer): Buffer[] {
  const found = [bytes]
  for (let at = bytes.indexOf(GZIP); at >= 0; at = bytes.indexOf(GZIP, at + 1)) {
    try {
      found.push(gunzipSync(bytes.subarray(at), { finishFlush: constants.Z_SYNC_FLUSH }))
    } catch {
      // These three bytes were no beginning.
    }
  }
  return found
}

describe('a run without secrets that calls one with them', () => {
  test('has what that one leaves whole, shows it masked, and leaves none readable on the disk', async () => {
    const id = await start('takes')
    const run = await ended('takes', id)
    expect(run).toMatchObject({ statusLabel: 'succeeded' })
    expect(await log('takes', id, 'before')).toBe('plain\n')
    expect(await log('takes', id, 'use')).toBe(`r=out *******\n${SECRETS.db.slice(-4)}`)
    for (const path of [`/dag-runs/takes/${id}`, `/dag-runs/takes/${id}/outputs`, `/dag-runs/takes/${id}/steps/go/log`])
      expect((await api('GET', path)).text).not.toMatch(/hush-/)
    await until('a clean disk', () => holding(product.stateDir, [SECRETS.db]).length === 0)
    expect(product.output()).not.toMatch(/hush-/)
  })
})

describe('a run with a profile and a secret of the registry', () => {
  test('has the values whole, shows them masked, and leaves none readable on the disk', async () => {
    const id = await start('leaky', { profile: 'prod' })
    const run = await ended('leaky', id)
    expect(run).toMatchObject({
      statusLabel: 'succeeded',
      profileName: 'prod',
      profileEntries: [
        { key: 'MODE', kind: 'variable' },
        { key: 'TOKEN', kind: 'secret' },
      ],
    })
    expect(await log('leaky', id, 'use')).toBe('whole\n')
    expect(await log('leaky', id, 'say')).toContain('t=******* d=*******')
    expect(await log('leaky', id, 'flood')).toContain('line 2999 has ******* and ******* in it')
    expect(run.nodes[0].outputVariables.LINE).toContain('t=******* d=*******')
    // Lists follow in batches, a moment behind the run.
    const listed = await until(
      'the run in the list',
      async () => (await api('GET', '/dag-runs?name=leaky')).json.dagRuns[0],
    )
    expect(listed).toMatchObject({ dagRunId: id, profileName: 'prod' })
    for (const path of [
      `/dag-runs/leaky/${id}`,
      `/dag-runs/leaky/${id}/outputs`,
      '/profiles',
      '/secrets',
      '/vault/audit',
    ])
      expect((await api('GET', path)).text).not.toMatch(/hush-/)
    expect((await api('GET', '/dags/leaky')).text).toContain('prod/db')
    // The agent puts its account away when it has heard of the end, and the run is packed a little later.
    await until('a clean disk', () => holding(product.stateDir, [SECRETS.first, SECRETS.db]).length === 0)
    await until('the pack', () => holding(join(product.stateDir, 'data', 'r2'), ['t=******* d=*******']).length > 0)
    expect(holding(product.stateDir, [SECRETS.first, SECRETS.db])).toEqual([])
    expect(product.output()).not.toMatch(/hush-/)
  })

  test('names its DAG where the secret is shown, and who changed it', async () => {
    const { json } = await api('GET', '/secrets')
    const { json: secret } = await api('GET', `/secrets/${json.secrets[0].id}`)
    expect(secret).toMatchObject({ ref: 'prod/db', usedBy: ['leaky'], currentVersion: 1, status: 'active' })
    expect(secret.lastUsedBy).not.toBe('')
    const { json: audit } = await api('GET', '/vault/audit?category=secret')
    expect(audit.entries[0]).toMatchObject({ action: 'secret_create', target: 'prod/db', username: 'admin' })
  })

  test('keeps what its attempt was given while it is rotated and switched off; a retry takes the new or is refused', async () => {
    const id = await start('waits', { profile: 'prod' })
    await until('the gate', async () => (await details('waits', id)).nodes[1].statusLabel === 'running')
    await set('TOKEN', SECRETS.second)
    await set('MODE', 'fixed', 'variables')
    await api('PATCH', '/profiles/prod', { status: 'disabled' })
    writeFileSync(join(product.dir, 'go'), '')
    expect((await ended('waits', id)).statusLabel).toBe('failed')
    expect(await log('waits', id, 'after')).toBe('live\n1f9csame\n')
    const refused = await api('POST', `/dag-runs/waits/${id}/retry`, { dagRunId: id })
    expect(refused.json).toMatchObject({ code: 'bad_request', message: 'runtime profile prod is disabled' })
    expect((await api('POST', '/dags/waits/start', { profile: 'prod' })).status).toBe(400)
    await api('PATCH', '/profiles/prod', { status: 'active' })
    expect((await api('POST', `/dag-runs/waits/${id}/retry`, { dagRunId: id })).status).toBe(200)
    const again = await ended('waits', id, 2)
    expect(again).toMatchObject({ statusLabel: 'succeeded', profileName: 'prod' })
  })

  test('hands its profile to its children', async () => {
    const id = await start('parent', { profile: 'prod' })
    const run = await ended('parent', id)
    expect(run.statusLabel).toBe('succeeded')
    const child = run.nodes[0].subRuns[0].dagRunId
    const { json } = await api('GET', `/dag-runs/parent/${id}/sub-dag-runs/${child}`)
    expect(json.dagRunDetails).toMatchObject({ profileName: 'prod', statusLabel: 'succeeded' })
    const text = await api('GET', `/dag-runs/parent/${id}/sub-dag-runs/${child}/steps/k/log`)
    expect(text.json.content).toBe('fixed\n2e8b')
  })

  test('hands a secret to its children as a parameter, whole there and masked everywhere, over a retry', async () => {
    const id = await start('hands', { profile: 'prod' })
    expect((await ended('hands', id)).statusLabel).toBe('failed')
    const list = async () => (await api('GET', `/dag-runs/hands/${id}/sub-dag-runs`)).json.subRuns
    const first = await list()
    expect(first.map((run: { params: string; statusLabel: string }) => [run.params, run.statusLabel])).toEqual([
      ['KEY="Bearer *******" AT="eu"', 'succeeded'],
      ['KEY="Bearer *******" AT="us"', 'failed'],
    ])
    writeFileSync(join(product.dir, 'second'), '')
    await api('POST', `/dag-runs/hands/${id}/retry`, { dagRunId: id })
    expect((await ended('hands', id, 2)).statusLabel).toBe('succeeded')
    const again = await list()
    const idOf = (run: { dagRunId: string }) => run.dagRunId
    expect(again.filter((run: { repeated: boolean }) => !run.repeated).map(idOf)).toEqual(first.map(idOf))
    for (const [n, child] of first.map(idOf).entries()) {
      const base = `/dag-runs/hands/${id}/sub-dag-runs/${child}`
      const { json, text } = await api('GET', base)
      expect(json.dagRunDetails).toMatchObject({ statusLabel: 'succeeded', attempt: n + 1 })
      expect(json.dagRunDetails.params).toContain('Bearer *******')
      expect((await api('GET', `${base}/steps/say/log`)).json.content).toContain('Bearer *******\n2e8b')
      const [grandkid] = (await api('GET', `/dag-runs/hands/${id}/sub-dag-runs?parentSubDAGRunId=${child}`)).json
        .subRuns
      const below = `/dag-runs/hands/${id}/sub-dag-runs/${grandkid.dagRunId}`
      expect((await api('GET', `${below}/steps/tell/log`)).json.content).toBe('g Bearer *******\n2e8b')
      for (const path of [below, `${below}/log`, `${base}/log`, `${base}/outputs`])
        expect(text + (await api('GET', path)).text).not.toMatch(/hush-/)
    }
    expect((await api('GET', `/dag-runs/hands/${id}`)).text).not.toMatch(/hush-/)
    await until('a clean disk', () => holding(product.stateDir, [SECRETS.second]).length === 0)
    expect(product.output()).not.toMatch(/hush-/)
  }, 60_000)

  test('has the DAG’s default where none is named, and none where that is said', async () => {
    expect((await api('PUT', '/dags/plain/settings', { profile: 'nope' })).status).toBe(404)
    expect((await api('PUT', '/dags/plain/settings', { profile: 'prod' })).json).toMatchObject({ profile: 'prod' })
    expect((await ended('plain', await start('plain'))).profileName).toBe('prod')
    expect((await ended('plain', await start('plain', { profile: '' }))).profileName).toBeUndefined()
    await api('PUT', '/dags/plain/settings', { profile: '' })
    expect((await ended('plain', await start('plain'))).profileName).toBeUndefined()
  })

  test('has default values of the installation, and the default profile where the DAG has none', async () => {
    expect((await api('PUT', '/profiles/_global/variables/LAYER', { value: 'global' })).json).toMatchObject({
      scope: 'global',
      entries: [{ key: 'LAYER', value: 'global' }],
    })
    const shown = await until('the defaults', async () => {
      const id = await start('plain')
      await ended('plain', id)
      return (await log('plain', id, 'a')) === '[global]\n'
    })
    expect(shown).toBe(true)
    expect((await api('PATCH', '/profiles/_global', { defaultProfile: 'prod' })).json.defaultProfile).toBe('prod')
    await until('the default profile', async () => (await ended('plain', await start('plain'))).profileName === 'prod')
    await api('PATCH', '/profiles/_global', { defaultProfile: '' })
    expect((await api('DELETE', '/profiles/_global/entries/LAYER')).status).toBe(204)
  })

  test('fails before any step where a secret is disabled, not known, or of a provider that cannot be reached', async () => {
    const { json } = await api('GET', '/secrets')
    await api('POST', `/secrets/${json.secrets[0].id}/disable`, {})
    const disabled = await ended('leaky', await start('leaky'))
    expect(disabled).toMatchObject({ statusLabel: 'failed', error: 'secret prod/db is disabled' })
    expect(disabled.nodes[0].statusLabel).toBe('not_started')
    await api('POST', '/secrets', { ref: 'out', providerType: 'vault', providerRef: 'secret/app/pw' })
    const inline = async (secret: string) => {
      const spec = `secrets: [${secret}]\nsteps: [{ name: a, command: echo x }]`
      const started = await api('POST', '/dag-runs', { name: 'inline', spec })
      return (await ended('inline', started.json.dagRunId)).error as string
    }
    expect(await inline('{ name: S, ref: none }')).toBe('secret none is not in the registry')
    expect(await inline('{ name: S, ref: out }')).toContain('set VAULT_ADDR for its agent')
    expect(await inline('{ name: S, provider: azure, key: pw }')).toContain('unknown provider "azure"')
  })
})
