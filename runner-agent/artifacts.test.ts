import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { artifactEvents, settledArtifacts, storedFiles } from './testing/artifacts.ts'
import { FakeControl, type StartedRun } from './testing/fake-control.ts'
import { dagOf, type Fixture, openFixture } from './testing/fixture.ts'

const MB = 1024 * 1024

let fixture: Fixture | undefined

afterEach(async () => {
  await fixture?.close()
  fixture = undefined
})

const dag = (command: string, more = '') =>
  dagOf(`
artifacts: {enabled: true${more}}
steps:
  - name: write
    shell: /bin/sh
    command: |
${command
  .split('\n')
  .map(line => `      ${line}`)
  .join('\n')}
`)

/** Runs it to its end, and tells the agent that it is over. */
async function runToEnd(control: FakeControl, given: ReturnType<typeof dag>): Promise<StartedRun> {
  const run = control.startRun(given)
  await control.planEnded(run)
  control.send({ type: 'run', runId: run.runId, end: 'finished' })
  return run
}

describe('artifacts', () => {
  it('are brought as they are: folders, empty files, names of all kinds, links inside', async () => {
    fixture = await openFixture()
    const { control } = fixture
    const run = await runToEnd(
      control,
      dag(`cd "$DAG_RUN_ARTIFACTS_DIR"
mkdir -p reports/deep
printf 'sum: 12\\n' > reports/sum.txt
: > empty
printf x > 'reports/deep/Über (final) $1.md'
ln -s reports/sum.txt link
ln -s reports linked-folder
ln -s /etc/hostname outside
ln -s ../../../../../../../../etc outside-folder
ln -s nowhere broken
mkfifo pipe`),
    )
    const event = await settledArtifacts(control, run.runId)
    const files = storedFiles(control, run.runId, event)
    expect(Object.fromEntries([...files].map(([path, bytes]) => [path, bytes.toString()]))).toEqual({
      empty: '',
      link: 'sum: 12\n',
      'reports/sum.txt': 'sum: 12\n',
      'reports/deep/Über (final) $1.md': 'x',
    })
    expect(event).toMatchObject({ files: 4, bytes: 17 })
    expect(event.warnings.sort()).toEqual([
      expect.stringContaining('"broken" is not kept'),
      expect.stringContaining('"linked-folder" is not kept'),
      expect.stringContaining('"outside" is not kept: it is a link out of the artifacts directory'),
      expect.stringContaining('"outside-folder" is not kept'),
      expect.stringContaining('"pipe" is not kept: it is no regular file'),
    ])
  })

  it('of a failed run, and those of its handlers, are brought too', async () => {
    fixture = await openFixture()
    const run = await runToEnd(fixture.control, dag('echo trace > "$DAG_RUN_ARTIFACTS_DIR/trace"; exit 3'))
    const event = await settledArtifacts(fixture.control, run.runId)
    expect(storedFiles(fixture.control, run.runId, event).get('trace')?.toString()).toBe('trace\n')
  })

  it('of a run without any are told to be none, with no request', async () => {
    fixture = await openFixture()
    const run = await runToEnd(fixture.control, dag('true'))
    expect(await settledArtifacts(fixture.control, run.runId)).toMatchObject({ manifest: 0, files: 0, warnings: [] })
    expect(fixture.control.artifacts.size).toBe(0)
  })

  it('2,000 small files travel in a few requests', async () => {
    fixture = await openFixture()
    const { control } = fixture
    const run = await runToEnd(
      control,
      dag('cd "$DAG_RUN_ARTIFACTS_DIR"; i=0; while [ $i -lt 2000 ]; do echo "file $i" > f$i; i=$((i+1)); done'),
    )
    const files = storedFiles(control, run.runId, await settledArtifacts(control, run.runId))
    expect(files.size).toBe(2000)
    expect(files.get('f1234')?.toString()).toBe('file 1234\n')
    expect(control.artifacts.size).toBeLessThanOrEqual(3)
  })

  it('are right although answers are lost: a number that may hold something else is not counted on', async () => {
    fixture = await openFixture()
    const { control } = fixture
    control.lostAnswers = 2
    const run = await runToEnd(
      control,
      dag('seq 1 5000 > "$DAG_RUN_ARTIFACTS_DIR/a"; echo b > "$DAG_RUN_ARTIFACTS_DIR/b"'),
    )
    const event = await settledArtifacts(control, run.runId)
    expect(storedFiles(control, run.runId, event).size).toBe(2)
    expect(event.manifest).toBeGreaterThan(2)
  })

  it('come while the run goes on once a file rests, and its last version counts', async () => {
    fixture = await openFixture()
    const { control, dir } = fixture
    const run = control.startRun(
      dag(`echo early > "$DAG_RUN_ARTIFACTS_DIR/a"
while [ ! -e ${dir}/go ]; do sleep 0.05; done
echo late > "$DAG_RUN_ARTIFACTS_DIR/a"
rm -f "$DAG_RUN_ARTIFACTS_DIR/none"`),
    )
    const first = await control.until(() => artifactEvents(control, run.runId)[0], 'the first files', 30_000)
    expect(first.settled).toBe(false)
    expect(storedFiles(control, run.runId, first).get('a')?.toString()).toBe('early\n')
    writeFileSync(join(dir, 'go'), '')
    await control.planEnded(run)
    control.send({ type: 'run', runId: run.runId, end: 'finished' })
    const last = await settledArtifacts(control, run.runId)
    expect(storedFiles(control, run.runId, last).get('a')?.toString()).toBe('late\n')
  })

  it('stay with the run over a second attempt, which adds its own', async () => {
    fixture = await openFixture()
    const { control } = fixture
    const given = dag('echo "$$" > "$DAG_RUN_ARTIFACTS_DIR/of-$$"')
    const run = await runToEnd(control, given)
    const before = storedFiles(control, run.runId, await settledArtifacts(control, run.runId))
    const again = control.startRun(given, {
      runId: run.runId,
      context: { attempt: 2 },
      items: [{ kind: 'prepare' }, { kind: 'step', step: 'write', attempt: 2 }],
    })
    await control.planEnded(again)
    control.send({ type: 'run', runId: run.runId, end: 'finished' })
    const after = storedFiles(control, run.runId, await settledArtifacts(control, run.runId, 2))
    expect(after.size).toBe(2)
    for (const [path, bytes] of before) expect(after.get(path)?.equals(bytes)).toBe(true)
  })

  it('are brought by the next agent when the control plane could not take them', async () => {
    fixture = await openFixture()
    const { control } = fixture
    control.putStatus = 503
    const refused = new Promise<void>(resolve => {
      control.onBlob = () => void resolve()
    })
    const run = await runToEnd(control, dag('echo kept > "$DAG_RUN_ARTIFACTS_DIR/a"'))
    await refused
    await fixture.restart()
    control.putStatus = 201
    const event = await settledArtifacts(control, run.runId)
    expect(storedFiles(control, run.runId, event).get('a')?.toString()).toBe('kept\n')
  })

  it("lie below the DAG's own directory, and go when the run is forgotten", async () => {
    fixture = await openFixture()
    const { control, dir } = fixture
    mkdirSync(join(dir, 'arts'))
    const run = await runToEnd(control, dag('echo x > "$DAG_RUN_ARTIFACTS_DIR/a"', `, dir: ${join(dir, 'arts')}`))
    await settledArtifacts(control, run.runId)
    const prepared = control.eventsOf(run.runId).find(event => event.type === 'prepared')
    expect(prepared?.artifactsDir).toMatch(/\/arts\/test\/dag-run_\d{8}_\d{6}Z_/)
  })

  it('that cannot be kept fail the run before any step, and say why', async () => {
    fixture = await openFixture()
    const { control, dir } = fixture
    writeFileSync(join(dir, 'a-file'), '')
    const run = control.startRun(dag('true', `, dir: ${join(dir, 'a-file')}`))
    await control.planEnded(run)
    const prepared = control.eventsOf(run.runId).find(event => event.type === 'prepared')
    expect(prepared?.error).toContain('artifacts directory')
    expect(control.started(run.runId)).toEqual([])
  })
})

describe('an agent killed with -9 while it brings a large file', () => {
  let child: ChildProcess | undefined
  let dir = ''
  let control: FakeControl

  const start = async () => {
    const connections = control.hellos.length
    const args = [
      join(import.meta.dirname, 'main.ts'),
      '--url',
      control.url,
      '--state',
      join(dir, 'state'),
      '--enrol',
      'one-time',
    ]
    child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    await control.until(() => control.hellos.length > connections && control.connected, 'the agent')
  }
  const end = async (signal: NodeJS.Signals) => {
    const gone = new Promise(resolve => child?.once('exit', resolve))
    child?.kill(signal)
    await gone
  }

  afterEach(async () => {
    await end('SIGTERM')
    await control.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it('is followed by one that goes on behind the parts that are stored, and the file is whole', async () => {
    dir = mkdtempSync(join(tmpdir(), 'edgedag-artifacts-'))
    control = await FakeControl.open()
    const content = randomBytes(100 * MB)
    writeFileSync(join(dir, 'big'), content)
    let killed = false
    const second = new Promise<void>(resolve => {
      control.onBlob = () => {
        if (control.artifacts.size < 2 || killed) return undefined
        resolve()
        return new Promise(() => {})
      }
    })
    await start()
    const run = await runToEnd(control, dag(`cp ${join(dir, 'big')} "$DAG_RUN_ARTIFACTS_DIR/big"`))
    await second
    await end('SIGKILL')
    killed = true
    const before = control.artifacts.size
    await start()
    const files = storedFiles(control, run.runId, await settledArtifacts(control, run.runId))
    expect(files.get('big')?.equals(content)).toBe(true)
    // 100 MB are four parts and a manifest; what was stored before is not sent again.
    expect(control.artifacts.size - before).toBe(3)
  })
})
