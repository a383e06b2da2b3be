import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dagOf, type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture | undefined
let docsDir = ''

beforeEach(() => {
  docsDir = mkdtempSync(join(tmpdir(), 'edgedag-docs-'))
})
afterEach(async () => {
  await fixture?.close()
  rmSync(docsDir, { recursive: true, force: true })
})

const writes = (text: string) =>
  dagOf(`
name: etl
labels: [workspace=ops]
steps:
  - name: write
    shell: /bin/sh
    command: 'mkdir -p "$DAG_DOCS_DIR" && echo "${text}" > "$DAG_DOCS_DIR/report.md"; echo 1 > "$DAG_DOCS_DIR/data.csv"'
`)

async function runOnce(text: string): Promise<void> {
  const { control } = fixture!
  const run = control.startRun(writes(text))
  await control.planEnded(run)
  control.send({ type: 'run', runId: run.runId, end: 'finished' })
}

describe('documents of a host', { timeout: 30_000 }, () => {
  it('are brought after the run that wrote them, and again only when they have changed', async () => {
    mkdirSync(join(docsDir, 'outside'))
    symlinkSync('/etc', join(docsDir, 'link'))
    fixture = await openFixture({ docsDir })
    const { control } = fixture
    await runOnce('one')
    await control.until(() => control.docs.length === 1, 'the document')
    expect(control.docs).toEqual([{ id: 'ops/etl/report', content: 'one\n' }])
    await fixture.restart()
    await runOnce('two')
    await control.until(() => control.docs.length === 2, 'the new version')
    expect(control.docs[1]).toEqual({ id: 'ops/etl/report', content: 'two\n' })
  })

  it('are tried until they are taken', async () => {
    fixture = await openFixture({ docsDir })
    const { control } = fixture
    control.putStatus = 503
    await runOnce('late')
    control.putStatus = 201
    await control.until(() => control.docs.length === 1, 'the document')
  })

  it('stay where they are when the control plane has the folder itself', async () => {
    writeFileSync(join(docsDir, 'a.md'), 'a')
    fixture = await openFixture({ docsDir, docsShared: true })
    await runOnce('one')
    const run = fixture.control.startRun(dagOf('steps: [{name: a, command: sleep 0.5}]'))
    await fixture.control.planEnded(run)
    expect(fixture.control.docs).toEqual([])
  })
})
