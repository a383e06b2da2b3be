import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
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

describe('documents of a host', () => {
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

  it('that were refused are tried again when the control plane has the agent come again', async () => {
    fixture = await openFixture({ docsDir })
    const { control } = fixture
    control.onlyReads = true
    await runOnce('now allowed')
    await control.until(() => control.refusedDocs > 0, 'the refusal')
    control.onlyReads = false
    control.cut()
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

  const reads = () =>
    dagOf(
      'name: etl\nsteps: [{name: read, shell: /bin/sh, command: \'cp "$DAG_DOCS_DIR/plan.md" "$DAG_DOCS_DIR/seen.md"\'}]',
    )
  const run = async (dag: ReturnType<typeof dagOf>) => {
    const { control } = fixture!
    const started = control.startRun(dag)
    await control.planEnded(started)
    control.send({ type: 'run', runId: started.runId, end: 'finished' })
  }
  const file = (id: string) => readFileSync(join(docsDir, `${id}.md`), 'utf8')

  it('that were saved on the page are there before the next run begins', async () => {
    fixture = await openFixture({ docsDir })
    const { control } = fixture
    for (const text of ['first plan', 'second plan']) {
      control.remoteDocs.set('etl/plan', text)
      await run(reads())
      expect(file('etl/seen')).toBe(text)
      await control.until(() => control.remoteDocs.get('etl/seen') === text, 'what the step has written')
    }
  })

  it('that both have changed are both kept: the page’s under its name, the host’s beside it', async () => {
    fixture = await openFixture({ docsDir })
    const { control } = fixture
    control.remoteDocs.set('etl/plan', 'as agreed')
    await run(reads())
    writeFileSync(join(docsDir, 'etl/plan.md'), 'of the host')
    control.remoteDocs.set('etl/plan', 'of the page')
    await run(reads())
    expect(file('etl/plan')).toBe('of the page')
    const copy = [...control.remoteDocs].find(([id]) => id.startsWith('etl/plan (conflict '))
    expect(copy?.[1]).toBe('of the host')
    expect(control.remoteDocs.get('etl/plan')).toBe('of the page')
  })

  it('that were deleted on the page go, with their text kept by the agent; a deletion on the host is the host’s alone', async () => {
    fixture = await openFixture({ docsDir })
    const { control } = fixture
    control.remoteDocs.set('etl/plan', 'text').set('etl/other', 'more')
    await run(reads())
    control.remoteDocs.delete('etl/plan')
    rmSync(join(docsDir, 'etl/other.md'))
    await run(dagOf('name: etl\nsteps: [{name: a, command: "true"}]'))
    expect(existsSync(join(docsDir, 'etl/plan.md'))).toBe(false)
    expect(readFileSync(join(fixture.dir, 'state', 'docs-removed/etl/plan.md'), 'utf8')).toBe('text')
    expect(control.remoteDocs.get('etl/other')).toBe('more')
    expect(existsSync(join(docsDir, 'etl/other.md'))).toBe(false)
  })

  it('are written nowhere else, whatever links lie in the folder', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'edgedag-docs-'))
    symlinkSync(outside, join(docsDir, 'out'))
    writeFileSync(join(outside, 'file'), 'x')
    symlinkSync(join(outside, 'file'), join(docsDir, 'linked.md'))
    fixture = await openFixture({ docsDir })
    const { control } = fixture
    for (const id of ['out/evil', 'linked', '../evil', 'fine']) control.remoteDocs.set(id, 'theirs')
    await run(dagOf('name: etl\nsteps: [{name: a, command: "true"}]'))
    expect(file('fine')).toBe('theirs')
    expect(readdirSync(outside)).toEqual(['file'])
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('x')
    expect(existsSync(join(docsDir, '../evil.md'))).toBe(false)
    rmSync(outside, { recursive: true })
  })
})
