// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import { describe, expect, it } from 'vitest'
import type { Dag, ParamDef } from '../spec/dag.ts'
import { makeDag, runInput } from './fixture.ts'
import { paramsInput } from './params-input.ts'
import type { Ports, ShellOptions } from './ports.ts'
import { prepareRunScope, type RunScopeInput } from './run-scope.ts'
import { toEnv } from './scope.ts'

const FILES: Record<string, string> = {
  '/src/.env':
    'FROM=default\nHOME=stolen\nDAG_NAME=stolen\nQUOTED="a\\nb $FROM" # note\nRAW=\'$FROM\'\nexport LAST = x # note\n',
  '/src/conf/.env': 'FROM=conf\n',
  '/src/.env.extra': 'EXTRA=$FROM-extra\nFROM=extra',
  '/src/beside.txt': 'beside\n',
}
const ran: { command: string; options: ShellOptions }[] = []
const ports: Ports = {
  files: { readText: async path => FILES[path], exists: async path => path in FILES },
  shell: async (command, options) => {
    ran.push({ command, options })
    return command === 'fail'
      ? { code: 1, stdout: '', stderr: 'no' }
      : { code: 0, stdout: `[${command}]\n`, stderr: '' }
  },
}

const envOf = (...pairs: [string, string][]) => pairs.map(([name, value]) => ({ name, value }))
const rich = (...defs: ParamDef[]): Dag['params'] => ({ mode: 'rich', defs })

const prepare = async (dag: Partial<Dag>, fields: Partial<RunScopeInput> & { overrides?: string } = {}) => {
  const full = makeDag(dag)
  const params = paramsInput(full, fields.overrides)
  if (!params.ok) return params
  return prepareRunScope(full, runInput({ ports, sourceDir: '/src', params: params.value, ...fields }))
}

const varsOf = async (...args: Parameters<typeof prepare>): Promise<Record<string, string>> => {
  const run = await prepare(...args)
  if (!run.ok) throw new Error(JSON.stringify(run.error))
  return toEnv(run.value.base).env
}

describe('the run scope', () => {
  it('reads .env of the source directory, and the host wins over it', async () => {
    const vars = await varsOf({ workingDir: '.' })
    expect(vars).toMatchObject({ FROM: 'default', QUOTED: 'a\nb default', RAW: '$FROM', LAST: 'x', HOME: '/home/me' })
    expect(vars.DAG_NAME).toBeUndefined()
  })

  it('looks for dotenv files in the working directory first, later files winning', async () => {
    const vars = await varsOf({
      workingDir: 'conf',
      dotenv: ['.env', '.env.$NAME', '.env.none'],
      env: envOf(['NAME', 'extra']),
    })
    expect(vars).toMatchObject({ FROM: 'extra', EXTRA: 'conf-extra' })
  })

  it('lets DAG env beat params, params beat dotenv, and secrets beat all', async () => {
    const vars = await varsOf(
      {
        env: envOf(['A', 'env'], ['FROM', '$FROM+env']),
        params: rich({ name: 'A', default: 'param' }, { name: 'B', default: 'param' }),
        secrets: [{ name: 'B', provider: 'env', key: 'HIDDEN', options: {} }],
      },
      { hostEnv: { HIDDEN: 's3' } },
    )
    expect(vars).toMatchObject({ A: 'env', B: 's3', FROM: 'default+env' })
    expect(vars.HIDDEN).toBeUndefined()
  })

  it('evaluates env in order: an entry sees earlier ones, its own name below it, and the unfiltered host', async () => {
    const env = envOf(['A', '1$B'], ['B', '2$A'], ['PATH', '/x:${PATH}'], ['A', '$A+'], ['UP', '$SIDE_TOKEN'])
    expect(await varsOf({ env }, { hostEnv: { PATH: '/bin', SIDE_TOKEN: 't' } })).toEqual(
      expect.objectContaining({ A: '1+', B: '21', PATH: '/x:/bin', UP: 't' }),
    )
  })

  it('evaluates params and env by need: eval uses env, env uses params', async () => {
    const vars = await varsOf({
      env: envOf(['BASE', '/srv/$region'], ['OUT', '$dir/x']),
      params: rich(
        { name: 'region', default: 'eu' },
        { name: 'dir', eval: '$BASE/out' },
        { name: 'n', type: 'number', eval: '1.50' },
      ),
    })
    expect(vars).toMatchObject({ BASE: '/srv/eu', dir: '/srv/eu/out', OUT: '/srv/eu/out/x', n: '1.5' })
  })

  it('names the members of a circle', async () => {
    const run = await prepare({ env: envOf(['E', '$P']), params: rich({ name: 'P', eval: '$E', default: 'd' }) })
    expect(run).toMatchObject({ ok: false, error: [{ code: 'expr.circle' }] })
    expect(run).toMatchObject({
      error: [{ message: 'a circle of values that depend on each other: params.P → env[0] (E) → params.P' }],
    })
  })

  it('falls back to the default of a param whose eval fails, else fails the run', async () => {
    expect(await varsOf({ params: rich({ name: 'P', eval: '`fail`', default: 'd' }) })).toMatchObject({ P: 'd' })
    expect(await prepare({ params: rich({ name: 'P', eval: '`fail`' }) })).toMatchObject({ ok: false })
  })

  it('checks an evaluated param against its type', async () => {
    const run = await prepare({ params: rich({ name: 'workers', type: 'integer', eval: '50', maximum: 10 }) })
    expect(run).toMatchObject({ ok: false, error: [{ code: 'params.invalid' }] })
  })

  it('fails on a failing backtick in DAG env', async () => {
    expect(await prepare({ env: envOf(['S', '`fail`']) })).toMatchObject({ ok: false, error: [{ path: 'env[0] (S)' }] })
  })

  it('hands a value to a command substitution as environment, never as code', async () => {
    ran.length = 0
    await varsOf({ env: envOf(['BAD', '; rm -rf /'], ['JSON', '{"a":"$(x)"}'], ['S', '`echo $BAD ${JSON.a}`']) })
    expect(ran).toHaveLength(1)
    expect(ran[0]?.command).toBe('echo $BAD ${EDGEDAG_REF_1}')
    expect(ran[0]?.options.env).toMatchObject({ BAD: '; rm -rf /', EDGEDAG_REF_1: '$(x)' })
  })

  it('evaluates each backtick once, also where working_dir needs it', async () => {
    ran.length = 0
    await varsOf({ workingDir: '/$S', env: envOf(['S', '`echo once`']) })
    expect(ran.map(({ command }) => command)).toEqual(['echo once'])
  })

  it('evaluates again what was needed to find a dotenv file that changes it', async () => {
    const vars = await varsOf({
      workingDir: '/src/$SUB',
      env: envOf(['SUB', '$NOT_YET'], ['SEEN', '$FROM'], ['VIA', '$SEEN']),
    })
    expect(vars).toMatchObject({ SUB: '', SEEN: 'default', VIA: 'default' })
  })

  it('does not let env, params or dotenv set run variables', async () => {
    const run = await prepare({
      env: envOf(['DAG_NAME', 'fake']),
      params: rich({ name: 'DAG_RUN_ID', default: 'fake' }),
    })
    expect(run.ok && run.value.data.run.filter(([name]) => name.startsWith('DAG_'))).toEqual([])
    expect(run.ok && Object.fromEntries(run.value.data.runVars)).toMatchObject({ DAG_NAME: 'd', DAG_RUN_ID: 'r1' })
  })

  it('is plain data', async () => {
    const run = await prepare({ env: envOf(['A', '1']), params: rich({ name: 'B', default: '2' }) })
    if (!run.ok) throw new Error('not prepared')
    expect(JSON.parse(JSON.stringify(run.value.data))).toEqual(run.value.data)
    expect(Object.fromEntries(run.value.data.runVars)).toMatchObject({
      DAG_PARAMS_JSON: '{"B":"2"}',
      DAGU_PARAMS_JSON: '{"B":"2"}',
    })
    expect(run.value.data.paramsDisplay).toBe('B=2')
  })
})

describe('the working directory', () => {
  const dirOf = async (...args: Parameters<typeof prepare>) => {
    const run = await prepare(...args)
    return run.ok ? run.value.data.workingDir : run.error[0]?.code
  }
  it.each([
    ['without one: of the run', {}, {}, '/run/work'],
    ['without one in a child: of the parent', {}, { parentWorkingDir: '/parent' }, '/parent'],
    ['absolute', { workingDir: '/a/./b//../c' }, {}, '/a/c'],
    ['of the user', { workingDir: '~/x' }, {}, '/home/me/x'],
    ['relative to the file', { workingDir: './sub' }, {}, '/src/sub'],
    ['with a variable of the DAG', { workingDir: '$D/x', env: envOf(['D', '/data']) }, {}, '/data/x'],
    ['with a variable of the host', { workingDir: '$HOME/x' }, {}, '/home/me/x'],
    ['empty after expansion: of the run', { workingDir: '$NOPE' }, {}, '/run/work'],
  ] as [string, Partial<Dag>, Partial<RunScopeInput>, string][])('%s', async (_, dag, fields, expected) => {
    expect(await dirOf(dag, fields)).toBe(expected)
  })
  it('that is relative needs a source', async () => {
    const full = makeDag({ workingDir: 'sub' })
    const { sourceDir: _, ...input } = runInput({ ports })
    expect(await prepareRunScope(full, input)).toMatchObject({
      ok: false,
      error: [{ code: 'expr.needs_source', path: 'working_dir' }],
    })
  })
})

describe('at the edge, without ports', () => {
  it('the default .env is skipped, a listed one and backticks ask for a runner', async () => {
    expect(await prepare({}, { ports: {} })).toMatchObject({ ok: true })
    expect(await prepare({ dotenv: ['.env', 'x.env'] }, { ports: {} })).toMatchObject({
      ok: false,
      error: [{ path: 'dotenv[1]' }],
    })
    expect(await prepare({ env: envOf(['S', '`x`']) }, { ports: {} })).toMatchObject({
      ok: false,
      error: [{ code: 'expr.needs_runner' }],
    })
  })
})

describe('secrets', () => {
  const secret = (provider: string, key: string) => ({ name: 'S', provider, key, options: {} })
  it.each([
    ['of a file beside the DAG, untrimmed', secret('file', 'beside.txt'), { ok: true, value: 'beside\n' }],
    ['of DAG env', secret('env', 'E'), { ok: true, value: 'from-env' }],
    [
      'whose file is missing',
      secret('file', 'no.txt'),
      { ok: false, message: 'secret S: there is no file /w/no.txt or /src/no.txt' },
    ],
    ['whose variable is missing', secret('env', 'NO'), { ok: false, message: 'secret S: there is no variable NO' }],
    [
      'of a provider that is not here',
      secret('vault', 'k'),
      { ok: false, message: 'secret S: provider vault is not available on this host' },
    ],
  ])('%s', async (_, ref, expected) => {
    const run = await prepare({ secrets: [ref], env: envOf(['E', 'from-env']), workingDir: '/w' })
    if (run.ok) expect({ ok: true, value: run.value.data.secrets[0]?.[1] }).toEqual(expected)
    else expect({ ok: false, message: run.error[0]?.message }).toEqual(expected)
  })
})

describe('values that grow', () => {
  const doubling = (first: number, count: number) =>
    envOf(
      ['A0', 'x'.repeat(first)],
      ...Array.from({ length: count }, (_, n): [string, string] => [`A${n + 1}`, `\${A${n}}\${A${n}}`]),
    )

  it('are an error that names the field, before they fill the memory', async () => {
    expect(await prepare({ env: doubling(10, 60) })).toMatchObject({
      ok: false,
      error: [{ code: 'expr.too_large', message: expect.stringMatching(/^env\[\d+\] \(A\d+\) grows over 16 MiB/) }],
    })
    const wide = envOf(
      ['A', 'x'.repeat(1_000_000)],
      ...Array.from({ length: 50 }, (_, n): [string, string] => [`B${n}`, '$A']),
    )
    expect(await prepare({ env: wide })).toMatchObject({
      ok: false,
      error: [{ code: 'expr.too_large', message: expect.stringContaining('32 MiB') }],
    })
  })

  it('are as wanted below that', async () => {
    expect((await varsOf({ env: doubling(10, 10) })).A10).toHaveLength(10 * 2 ** 10)
  })
})
