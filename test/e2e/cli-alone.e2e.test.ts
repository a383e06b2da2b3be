// The command line with no server running: it brings its own for as long as it needs it, and leaves nothing but history.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { processesNaming } from '../fixtures/processes.ts'
import { removeAll } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { edgedag, type Ran, spawnCli } from './support/cli.ts'
import { newDir } from './support/mark.ts'

const FILES = {
  good: 'steps:\n  - name: say\n    command: echo said\n',
  bad: `steps:
  - name: fine
    command: echo fine
  - name: boom
    command: 'echo "reading the table"; echo "no such table" >&2; exit 3'
`,
  greet: `params:
  - A: one
  - B: two
steps:
  - name: show
    command: printf '[%s]' "$A" "$B" "$1"
`,
  long: `steps:
  - name: wait
    command: |
      trap 'echo cleaned up; exit 0' TERM
      echo started
      while :; do sleep 0.05; done
`,
  later: 'steps:\n  - name: nap\n    command: sleep 2\n',
  broken: 'steps:\n  - name: a\n    comand: echo a\n',
}

let dir: string
beforeAll(() => {
  dir = newDir()
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(dir, `${name}.yaml`), text)
})
afterAll(() => removeAll(dir))

const where = () => ({ cwd: dir, env: { EDGEDAG_HOME: join(dir, 'home') } })
const run = (...args: string[]): Promise<Ran> => edgedag(args, where())
const lines = (text: string): string[] => text.trimEnd().split('\n')

describe('start FILE without a server', () => {
  afterEach(() => {
    expect(processesNaming(dir), 'no process is left').toEqual([])
    expect(existsSync(join(dir, 'home/host.json')), 'no lock is left').toBe(false)
  })

  test('it runs, shows each step, and ends with 0', async () => {
    const { code, stdout, stderr } = await run('start', 'good.yaml')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^step say succeeded \d+ms\nrun good \S+ succeeded\n$/m)
    expect(code).toBe(0)
  })

  test('a failed run ends with 1, and the last lines of the failing step are shown', async () => {
    const { code, stdout, stderr } = await run('start', 'bad.yaml')
    expect(stdout).toMatch(/^step boom failed \d+ms/m)
    expect(stdout).toMatch(/^run bad \S+ failed/m)
    expect(stderr).toMatch(/boom failed[\s\S]*no such table/)
    expect(code).toBe(1)
  })

  test('history, status and logs are there afterwards', async () => {
    const history = await run('history', '--json')
    const runs = JSON.parse(history.stdout) as { name: string; statusLabel: string }[]
    expect(runs.map(r => [r.name, r.statusLabel])).toEqual([
      ['bad', 'failed'],
      ['good', 'succeeded'],
    ])
    expect((await run('status', 'bad')).stdout).toMatch(/✕ boom .*exit/)
    const logs = await run('logs', 'bad', '--step', 'boom', '--stream', 'stderr')
    expect(logs).toEqual({ code: 0, stdout: 'no such table\n', stderr: '' })
  })

  test.each([
    ['-p with names', ['-p', 'A=1 B="two words"'], '[1][two words]'],
    ['words behind --', ['--', 'A=x y', 'B=$(date) "q"'], '[x y][$(date) "q"]'],
    ['JSON', ['-p', '{"A": "j", "B": "k l"}'], '[j][k l]'],
    ['nothing: the defaults', [], '[one][two]'],
  ])('parameters by %s reach the step unchanged', async (_, args, expected) => {
    const started = await run('start', 'greet.yaml', '--json', ...args)
    const { statusLabel, nodes } = JSON.parse(started.stdout) as { statusLabel: string; nodes: unknown[] }
    expect([started.code, statusLabel, nodes.length]).toEqual([0, 'succeeded', 1])
    expect((await run('logs', 'greet', '--step', 'show')).stdout).toContain(expected)
  })

  test('Ctrl-C in a terminal stops the run, waits for its clean-up, and ends with 130', async () => {
    const started = spawnCli(['start', 'long.yaml'], { ...where(), detached: true })
    await until('the running step', () => started.stdout().includes('step wait running'), 30_000)
    process.kill(-(started.child.pid ?? 0), 'SIGINT')
    const { code, stderr } = await started.ended
    expect(stderr).toContain('stopping the run')
    expect(code).toBe(130)
    expect((await run('logs', 'long')).stdout).toBe('started\ncleaned up\n')
    const status = JSON.parse((await run('status', 'long', '--json')).stdout) as { statusLabel: string }
    expect(status.statusLabel).toBe('aborted')
  })

  test('starts at the same time on the same state all run, though each may bring or take away the server', async () => {
    const started = ['good.yaml', 'greet.yaml', 'good.yaml', 'later.yaml'].map(file => run('start', file))
    for (const one of await Promise.all(started)) expect(one).toMatchObject({ code: 0, stderr: '' })
    const runs = JSON.parse((await run('history', '--json', '-l', '4')).stdout) as {
      name: string
      statusLabel: string
    }[]
    expect(runs.map(r => r.name).sort()).toEqual(['good', 'good', 'greet', 'later'])
    expect(runs.map(r => r.statusLabel)).toEqual(Array(4).fill('succeeded'))
  })
})

describe('commands that need no server', () => {
  const elsewhere = () => ({ cwd: dir, env: { EDGEDAG_HOME: join(dir, 'never') } })

  test('validate says each problem as file:line:column with a hint and ends with 1; a good file ends with 0', async () => {
    const bad = await edgedag(['validate', 'broken.yaml'], elsewhere())
    expect(lines(bad.stderr)[0]).toMatch(/broken\.yaml:3:5: .*unknown key "comand"/)
    expect(bad.stderr).toMatch(/did you mean|command/)
    expect(bad.code).toBe(1)
    expect((await edgedag(['validate', 'good.yaml'], elsewhere())).code).toBe(0)
    const json = await edgedag(['validate', 'broken.yaml', 'good.yaml', '--json'], elsewhere())
    const [first, second] = JSON.parse(json.stdout) as { valid: boolean; problems: object[] }[]
    expect(first).toMatchObject({ valid: false, problems: [{ line: 3, column: 5 }, {}] })
    expect(second).toMatchObject({ valid: true, problems: [] })
    expect(json.code).toBe(1)
  })

  test('dry shows what would run, with its parameters', async () => {
    const { code, stdout } = await edgedag(['dry', 'greet.yaml', '--', 'A=1'], elsewhere())
    expect(stdout).toMatch(/greet[\s\S]*A=1[\s\S]*B=two[\s\S]*1\. show[\s\S]*printf/)
    expect(code).toBe(0)
    expect((await edgedag(['dry', 'broken.yaml'], elsewhere())).code).toBe(1)
  })

  test('they make no state folder', () => expect(existsSync(join(dir, 'never'))).toBe(false))

  test.each([
    ['an unknown command', ['strat', 'x'], {}, 2, /unknown command strat/],
    ['an unknown option', ['start', 'good.yaml', '--fast'], {}, 2, /--fast/],
    ['no argument', ['start'], {}, 2, /start needs a DAG name or a file/],
    ['parameters given twice', ['start', 'good.yaml', '-p', 'A=1', '--', 'B=2'], {}, 2, /given twice/],
    ['a file that is not there', ['start', './none.yaml'], {}, 4, /none\.yaml/],
    ['stop without a server', ['stop', 'good'], {}, 4, /no Edgedag server is running here/],
    ['history of a state that is not there', ['history'], {}, 4, /no Edgedag server/],
    ['an address without a token', ['history'], { EDGEDAG_URL: 'http://127.0.0.1:9' }, 3, /EDGEDAG_TOKEN is not/],
    [
      'an address where nobody answers',
      ['history'],
      { EDGEDAG_URL: 'http://127.0.0.1:9', EDGEDAG_TOKEN: 't' },
      1,
      /cannot reach/,
    ],
  ] as [string, string[], Record<string, string>, number, RegExp][])(
    '%s is said in words',
    async (_, args, env, code, words) => {
      const ran = await edgedag(args, { cwd: dir, env: { ...elsewhere().env, ...env } })
      expect(ran.stderr).toMatch(words)
      expect(ran.stderr).not.toMatch(/\n {4}at /)
      expect(ran.code).toBe(code)
    },
  )

  test('the help names every command, and each has its own', async () => {
    const help = await edgedag(['--help'], elsewhere())
    const names = [...help.stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(m => m[1] ?? '')
    expect(names).toEqual(expect.arrayContaining(['start', 'enqueue', 'stop', 'retry', 'status', 'logs', 'history']))
    const bin = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { bin: object }
    expect(bin.bin).toEqual({ edgedag: 'cli/bin/edgedag.mjs' })
    const own = await Promise.all(names.map(name => edgedag([name, '--help'], elsewhere())))
    for (const { code, stdout } of own) expect([code, stdout.slice(0, 14)]).toEqual([0, 'Usage: edgedag'])
  })
})
