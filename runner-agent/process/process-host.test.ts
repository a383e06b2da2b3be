import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive, readStat } from './proc.ts'
import { ProcessHost } from './process-host.ts'
import { makeFolder, PATH, readErr, readOut, stepRequest, until } from './testing.ts'
import { MARKER, type StepExit, type StepRequest } from './types.ts'

const folder = makeFolder()
const hosts = { bash: new ProcessHost({ shell: 'bash' }), sh: new ProcessHost({ shell: 'sh' }) }
const base = folder.path

afterAll(async () => {
  await Promise.all([hosts.bash.close(), hosts.sh.close()])
  folder.remove()
})

const sh = (script: string): string[] => ['sh', '-c', script]

const exitCases: [string, string[], StepExit, StepExit?][] = [
  ['success', ['true'], { exitCode: 0 }],
  ['its own code', sh('exit 7'), { exitCode: 7 }],
  ['the highest code', sh('exit 255'), { exitCode: 255 }],
  ['a code that looks like a signal', sh('exit 143'), { exitCode: 143 }],
  ['SIGTERM', sh('kill -TERM $$'), { exitCode: -1, signal: 'SIGTERM' }],
  ['SIGKILL', sh('kill -KILL $$'), { exitCode: -1, signal: 'SIGKILL' }],
  ['SIGINT', sh('kill -INT $$'), { exitCode: -1, signal: 'SIGINT' }, { exitCode: 130 }],
  ['SIGPIPE', sh('kill -PIPE $$'), { exitCode: -1, signal: 'SIGPIPE' }, { exitCode: 141 }],
  ['SIGABRT', sh('ulimit -c 0; kill -ABRT $$'), { exitCode: -1, signal: 'SIGABRT' }],
  ['a code that looks like a stop', sh('exit 147'), { exitCode: 147 }],
  ['a command that is not there', ['no-such-command'], { exitCode: 127 }],
  ['a file that is not executable', ['/etc/passwd'], { exitCode: 126 }],
  ['a stop in the middle', sh('(sleep 0.05; kill -CONT $$) & kill -STOP $$; exit 5'), { exitCode: 5 }],
]

describe.each(['bash', 'sh'] as const)('a step under %s', shell => {
  const host = hosts[shell]
  const run = async (request: StepRequest): Promise<StepExit> => host.startStep(request).exited

  it.each(exitCases)('reports %s', async (_, argv, bash, fallback) => {
    expect(await run(stepRequest(base, argv))).toEqual(shell === 'sh' && fallback ? fallback : bash)
  })

  it('ignores no signal and has the umask of the agent', async () => {
    const request = stepRequest(base, sh('grep SigIgn /proc/self/status; umask'))
    await run(request)
    const umask = execFileSync('sh', ['-c', 'umask'], { encoding: 'utf8' })
    expect(readOut(request)).toBe(`SigIgn:\t0000000000000000\n${umask}`)
  })

  it('is known by pid, group and start time while it runs', async () => {
    const request = stepRequest(base, sh('while [ ! -e go ]; do sleep 0.01; done'), {})
    mkdirSync(request.dir)
    const handle = host.startStep({ ...request, cwd: request.dir })
    const identity = await handle.started
    const stat = readStat(identity!.pid)
    expect({ pgid: stat?.pgid, startTime: stat?.startTime, ppid: stat?.ppid, session: stat?.session }).toEqual({
      pgid: identity!.pgid,
      startTime: identity!.startTime,
      ppid: identity!.wrapperPid,
      session: identity!.wrapperPid,
    })
    await run(stepRequest(request.dir, ['touch', 'go'], { cwd: request.dir }))
    expect(await handle.exited).toEqual({ exitCode: 0 })
  })

  const hostile = {
    QUOTES: `it's "quoted" \\ $HOME \`id\` $(id)`,
    LINES: 'one\ntwo\n\n',
    EMPTY: '',
    UNICODE: 'žluťoučký 🐎',
    CONTROL: '\x01\x7f\x80\x81\x88\t\r',
    'not-an-identifier': 'a',
    'with.dot': 'b',
    IFS: ':',
    UID: '7',
    PPID: '1',
    RANDOM: 'r',
    SHELLOPTS: 'xtrace',
    BASH_ENV: '/nowhere',
    ENV: '/nowhere',
    PS4: '$(touch /tmp/pwned)',
    POSIXLY_CORRECT: '1',
    TMOUT: '1',
    SHLVL: '3',
    OLDPWD: '/old',
    PWD: '/not/the/cwd',
    _: 'under',
    LC_ALL: 'xx_YY',
    __e_d: '/tmp',
    [MARKER]: 'not this',
  }
  const many = Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`V${i}`, `v'${i}`]))
  const environments: [string, Record<string, string>][] = [
    ['with values no shell would like', { PATH, ...hostile }],
    ['with 800 variables more', { PATH, ...hostile, ...many }],
    ['that is back to one variable', { PATH }],
    ['with changed values', { PATH, QUOTES: 'changed', V1: 'v' }],
    ['without PATH', { A: 'b' }],
  ]

  it('sees exactly the environment that was asked for, whatever the step before it had', async () => {
    for (const [name, env] of environments) {
      const request = stepRequest(base, ['/bin/cat', '/proc/self/environ'], { env })
      expect(await run(request), name).toEqual({ exitCode: 0 })
      const entries = readOut(request).split('\0').slice(0, -1)
      const seen = Object.fromEntries(
        entries.map(entry => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]),
      )
      expect(seen, name).toEqual({ PWD: base, ...env, [MARKER]: request.key })
      expect(entries.length, name).toBe(Object.keys(seen).length)
    }
  })

  it('gets its arguments byte for byte', async () => {
    const args = ["it's", '', '-n', 'a\nb', '$x `y` \\', '🐎', '\x81']
    const request = stepRequest(base, ['printf', '%s|', ...args])
    await run(request)
    expect(readOut(request)).toBe(args.map(arg => `${arg}|`).join(''))
  })

  it('starts with default signal dispositions, /dev/null as input and no descriptor of ours', async () => {
    const script = 'grep -E "Sig(Blk|Ign)" /proc/self/status; readlink /proc/$$/fd/0; ls /proc/$$/fd'
    const request = stepRequest(base, sh(script))
    await run(request)
    const [blocked, ignored, input, ...fds] = readOut(request).trim().split('\n')
    expect([blocked, ignored].map(line => Number.parseInt(line!.split('\t')[1]!, 16))).toEqual([0, 0])
    expect(input).toBe('/dev/null')
    // dash keeps nothing of its own here; what the test runner leaked reaches only the fallback.
    if (shell === 'bash') expect(fds).toEqual(['0', '1', '2'])
  })

  it('applies umask and appends to its logs', async () => {
    const request = stepRequest(base, sh('echo new; touch made; echo problem >&2'), { umask: 0o077 })
    mkdirSync(request.dir)
    const more = { cwd: request.dir, stdoutPath: join(base, `log-${shell}`), stderrPath: join(base, `log-${shell}`) }
    expect(await run({ ...request, ...more })).toEqual({ exitCode: 0 })
    expect(statSync(join(request.dir, 'made')).mode & 0o777).toBe(0o600)
    const again = stepRequest(base, sh('echo out; echo err >&2; echo out'), {
      stdoutPath: more.stdoutPath,
      merged: true,
    })
    await run(again)
    expect(readFileSync(more.stdoutPath, 'utf8')).toBe('new\nproblem\nout\nerr\nout\n')
    expect(existsSync(again.stderrPath)).toBe(false)
  })

  it('fails with a line on stderr where its directory is missing', async () => {
    const request = stepRequest(base, ['true'], { cwd: '/no/such/folder' })
    expect(await run(request)).toEqual({ exitCode: 1 })
    expect(readErr(request)).toContain('/no/such/folder')
  })

  it('ends when its process ends, whatever a grandchild holds open', async () => {
    const request = stepRequest(base, sh('sleep 30 & echo $!'))
    expect(await run(request)).toEqual({ exitCode: 0 })
    process.kill(Number(readOut(request)), 'SIGKILL')
  })

  it('leaves nothing but its record and logs', async () => {
    const request = stepRequest(base, ['true'], { env: { PATH, ...many } })
    await run(request)
    const left = readdirSync(base, { recursive: true }).filter(name => String(name).includes(request.key))
    const names = ['', '.state', '/err', '/out']
    expect(left.sort()).toEqual(names.map(name => request.key + name))
  })

  it('copies its output to other files, without what was in the log before', async () => {
    const request = stepRequest(base, sh('echo one; echo two >&2; echo three'))
    const copies = { stdout: join(request.dir, 'copies/a'), stderr: join(request.dir, 'copies/b') }
    await run(stepRequest(base, ['echo', 'earlier'], { stdoutPath: request.stdoutPath }))
    await run({ ...request, tee: copies })
    expect(readFileSync(copies.stdout, 'utf8')).toBe('one\nthree\n')
    expect(readFileSync(copies.stderr, 'utf8')).toBe('two\n')
  })

  it('keeps its handle when the spawner is killed', async () => {
    const request = stepRequest(base, sh('while [ ! -e go ]; do sleep 0.01; done; echo end; exit 9'))
    mkdirSync(request.dir)
    const handle = host.startStep({ ...request, cwd: request.dir })
    const identity = await handle.started
    process.kill(host.spawnerPid!, 'SIGKILL')
    await until(() => host.spawnerPid === undefined)
    expect(isAlive(identity!.pid, identity!.startTime)).toBe(true)
    expect(await run(stepRequest(base, ['touch', join(request.dir, 'go')]))).toEqual({ exitCode: 0 })
    expect(await handle.exited).toEqual({ exitCode: 9 })
    expect(readOut(request)).toBe('end\n')
  })

  it('is lost, and not mistaken for a success, when its own shell is killed', async () => {
    const request = stepRequest(base, sh('while [ ! -e go ]; do sleep 0.01; done'))
    mkdirSync(request.dir)
    const handle = host.startStep({ ...request, cwd: request.dir })
    process.kill((await handle.started)!.wrapperPid, 'SIGKILL')
    await run(stepRequest(base, ['touch', join(request.dir, 'go')]))
    expect(await handle.exited).toMatchObject({ exitCode: -1, lost: true })
  })

  it('is not started once it was withdrawn', async () => {
    const request = stepRequest(base, ['touch', join(base, `withdrawn-${shell}`)])
    mkdirSync(request.dir)
    writeFileSync(`${request.dir}.withdrawn`, '')
    expect(await run(request)).toMatchObject({ exitCode: 1, notStarted: true })
    expect(existsSync(join(base, `withdrawn-${shell}`))).toBe(false)
  })

  const refused: [string, Partial<StepRequest>, RegExp][] = [
    ['no command', { argv: [] }, /no command/],
    ['a NUL byte in an argument', { argv: ['a\0b'] }, /NUL/],
    ['a NUL byte in a variable', { env: { A: '\0' } }, /variable A/],
    ['a variable name with =', { env: { 'A=B': '' } }, /invalid variable name/],
    ['a variable of 128 KiB', { env: { BIG: 'é'.repeat(65_536) } }, /BIG is longer than 128 KiB/],
    ['an argument of 128 KiB', { argv: ['x', 'y'.repeat(131_072)] }, /argument is longer/],
    ['a relative log path', { stdoutPath: 'out' }, /not absolute/],
  ]
  it.each(refused)('is not started with %s', async (_, more, message) => {
    const handle = host.startStep(stepRequest(base, ['true'], more))
    expect(await handle.started).toBeUndefined()
    expect(await handle.exited).toEqual({ exitCode: 1, notStarted: true, error: expect.stringMatching(message) })
  })
})

it('a step path is used once', async () => {
  const request = stepRequest(base, ['true'])
  await hosts.bash.startStep(request).exited
  const again = await hosts.bash.startStep(request).exited
  expect(again).toEqual({ exitCode: 1, notStarted: true, error: expect.stringMatching(/started before/) })
})

it('the spawner works from a minified bundle', async () => {
  const bundle = join(base, 'bundle.mjs')
  const contents = `import { ProcessHost } from './process-host.ts'
    const host = new ProcessHost()
    const exit = await host.startStep(JSON.parse(process.argv[2])).exited
    console.log(JSON.stringify(exit))
    await host.close()`
  const stdin = { contents, resolveDir: import.meta.dirname }
  const options = { bundle: true, minify: true, keepNames: true, platform: 'node', format: 'esm' } as const
  await build({ stdin, outfile: bundle, ...options })
  const request = JSON.stringify(stepRequest(base, sh('exit 11')))
  expect(execFileSync(process.execPath, [bundle, request], { encoding: 'utf8' })).toBe('{"exitCode":11}\n')
})

describe('lanes', () => {
  it('are used again, and several steps at once each have their own', async () => {
    const host = new ProcessHost({ shell: 'bash' })
    const shells = async (count: number) => {
      const handles = Array.from({ length: count }, () => host.startStep(stepRequest(base, ['true'])))
      const identities = await Promise.all(handles.map(handle => handle.started))
      await Promise.all(handles.map(handle => handle.exited))
      return new Set(identities.map(identity => identity?.wrapperPid))
    }
    const first = await shells(4)
    expect(first.size).toBe(4)
    expect(new Set([...first, ...(await shells(4)), ...(await shells(1))])).toEqual(first)
    await host.close()
    await until(() => [...first].every(pid => !isAlive(pid!, '0')))
  })
})

beforeAll(() => hosts.bash.warm())

describe.each(['bash', 'sh'] as const)('whose folder for jobs was removed by somebody, %s', shell => {
  it('goes on, with lanes that it has and with new ones, and with the variables of a step that has many', async () => {
    const parent = makeFolder()
    const host = new ProcessHost({ shell, runtimeParent: parent.path })
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`V${n}`, `${n}`]))
    const requests = () => [
      stepRequest(base, sh('echo $V399'), { env: { PATH, ...many } }),
      stepRequest(base, sh('echo $V399'), { env: { PATH, V399: '399' } }),
    ]
    try {
      for (let n = 0; n < 3; n++) {
        const both = requests()
        const exits = both.map(request => host.startStep(request).exited)
        expect(await Promise.all(exits)).toEqual([{ exitCode: 0 }, { exitCode: 0 }])
        expect(both.map(readOut)).toEqual(['399\n', '399\n'])
        for (const name of readdirSync(parent.path)) rmSync(join(parent.path, name), { recursive: true })
      }
    } finally {
      await host.close()
      parent.remove()
    }
  })
})
