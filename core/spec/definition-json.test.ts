// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts under test hold such references.

import { describe, expect, it } from 'vitest'
import { toDefinitionJson, toSummaryJson } from './definition-json.ts'
import { loadDags } from './load.ts'
import { readDagMetadata } from './metadata.ts'

const HELLO = `description: Says hello
env: [GREETING: hi]
params: {WHO: world}
labels: "team=core nightly=1"
schedule: "CRON_TZ=Asia/Tokyo 0 3 * * *"
handler_on: {exit: {command: bye}}
steps:
  - {name: a, command: 'echo "\${GREETING} \${WHO}"', output: MSG}
  - {name: b, type: http, with: {url: u}}
`

describe('definition', () => {
  const loaded = loadDags(HELLO, { fileName: 'hello.yaml' })
  const json = loaded.ok ? toDefinitionJson(loaded.value.dag) : undefined

  it('has the fields that clients read', () => {
    expect(json).toMatchObject({
      name: 'hello',
      env: ['GREETING=hi'],
      params: ['WHO=world'],
      defaultParams: 'WHO="world"',
      paramDefs: [{ name: 'WHO', type: 'string', default: 'world' }],
      labels: ['team=core', 'nightly=1'],
      tags: ['team=core', 'nightly=1'],
      schedule: [{ kind: 'cron', expression: 'CRON_TZ=Asia/Tokyo 0 3 * * *' }],
      histRetentionDays: 30,
      maxActiveRuns: 1,
      preconditions: [],
      handlerOn: { exit: { name: 'onExit' } },
    })
  })

  it('shows commands as program and arguments, and the executor always', () => {
    expect(json?.steps).toEqual([
      {
        name: 'a',
        commands: [{ command: 'echo', args: ['${GREETING} ${WHO}'] }],
        output: 'MSG',
        preconditions: [],
        executorConfig: { config: {} },
      },
      { name: 'b', depends: ['a'], preconditions: [], executorConfig: { type: 'http', config: { url: 'u' } } },
    ])
  })
})

describe('metadata', () => {
  it('is there for a file whose steps are broken', () => {
    const metadata = readDagMetadata('name: x\ngroup: g\nschedule: "0 1 * * *"\nsteps: [{nonsense: 1}]', 'file.yaml')
    expect(metadata).toMatchObject({ name: 'x', group: 'g', errors: [], schedule: { start: [{ kind: 'cron' }] } })
    expect(toSummaryJson(metadata)).toMatchObject({ name: 'x', group: 'g', labels: [], tags: [] })
  })

  it('falls back to the file name, and says what is wrong with the text', () => {
    const metadata = readDagMetadata('a: [', '/dags/broken.yml')
    expect(metadata.name).toBe('broken')
    expect(metadata.errors[0]).toMatchObject({ code: 'yaml.syntax', line: 1 })
  })
})
