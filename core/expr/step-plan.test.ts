// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import { describe, expect, it } from 'vitest'
import type { Dag, Step } from '../spec/dag.ts'
import { expandCallParams, expandItems } from './call.ts'
import { makeDag, makeStep, runInput } from './fixture.ts'
import { outputKey, outputsJson } from './output.ts'
import type { Ports } from './ports.ts'
import { createRunResults, type StepResult } from './results.ts'
import { prepareRunScope } from './run-scope.ts'
import { resolveStep } from './step-plan.ts'
import { evaluateAfter, type StepEnd } from './step-result.ts'
import type { StepInput } from './step-scope.ts'

const ports: Ports = {
  shell: async command =>
    command === 'fail' ? { code: 1, stdout: '', stderr: 'no' } : { code: 0, stdout: `<${command}>`, stderr: '' },
  files: { readText: async path => (path === '/w/out.yaml' ? 'a: {b: [1, x]}' : undefined), exists: async () => false },
}
const ended = (text: string, exitCode = 0): StepEnd => ({ exitCode, stdout: { text, bytes: text.length } })

const inputOf = async (
  step: Partial<Step>,
  fields: Partial<StepInput> = {},
  dag: Partial<Dag> = {},
): Promise<StepInput> => {
  const one = makeStep({ name: 's', ...step })
  const full = makeDag({ steps: [one], workingDir: '/w', ...dag })
  const run = await prepareRunScope(full, runInput({ ports }))
  if (!run.ok) throw new Error(JSON.stringify(run.error))
  const vars = { nodeName: 's', stdoutFile: '/log/s.out', stderrFile: '/log/s.err' }
  return { dag: full, step: one, run: run.value, results: createRunResults(full), ports, vars, ...fields }
}
const planOf = async (...args: Parameters<typeof inputOf>) => {
  const plan = await resolveStep(await inputOf(...args))
  if (!plan.ok) throw new Error(plan.error.message)
  return plan.value
}
const envOf = (...pairs: [string, string][]) => pairs.map(([name, value]) => ({ name, value }))

describe('a resolved step', () => {
  it('has the read-only variables, its own env, and everything of the run', async () => {
    const env = envOf(['OWN', '$BASE-$DAG_RUN_STEP_NAME'], ['DAG_NAME', 'fake'], ['PWD', '/fake'], ['TICK', '`x`'])
    const plan = await planOf({ env, workingDir: 'sub' }, {}, { env: envOf(['BASE', 'b'], ['OWN', 'dag']) })
    expect(plan.cwd).toBe('/w/sub')
    expect(plan.env).toMatchObject({
      BASE: 'b',
      OWN: 'b-s',
      TICK: '<x>',
      DAG_NAME: 'd',
      DAG_RUN_ID: 'r1',
      DAG_RUN_STEP_NAME: 's',
      DAG_RUN_STEP_STDOUT_FILE: '/log/s.out',
      PWD: '/w/sub',
      PATH: '/usr/local/bin:/usr/bin:/bin',
    })
  })

  it('keeps an env entry empty whose backtick fails, with a warning; entries do not see each other', async () => {
    const plan = await planOf(
      { env: envOf(['A', '`fail`'], ['B', '1'], ['C', '$B']) },
      {},
      { env: envOf(['B', 'dag']) },
    )
    expect(plan.env).toMatchObject({ A: '', B: '1', C: 'dag' })
    expect(plan.warnings).toHaveLength(1)
  })

  it('takes run variables of an execution from the Run, and its inputs as plain variables', async () => {
    const vars = {
      nodeName: 'onExit',
      stdoutFile: '/o',
      stderrFile: '/e',
      env: { DAG_RUN_STATUS: 'failed', FEEDBACK: 'more' },
    }
    const plan = await planOf({ env: envOf(['DAG_RUN_STATUS', 'fake']) }, { vars, handler: true })
    expect(plan.env).toMatchObject({ DAG_RUN_STATUS: 'failed', FEEDBACK: 'more', DAG_RUN_STEP_NAME: 'onExit' })
  })

  it('is skipped where a condition is not met, and resolves nothing more', async () => {
    const preconditions = [{ condition: '$A', expected: 'no', negate: false }]
    const plan = await planOf({
      commands: ['x'],
      preconditions,
      env: envOf(['A', 'yes']),
      retryPolicy: { limit: '$BAD', intervalSec: 0, exitCodes: [] },
    })
    expect(plan).toMatchObject({ conditions: { met: false, failed: false }, jobs: [] })
  })

  it('has paths relative to its directory, and numbers of its policies', async () => {
    const retryPolicy = { limit: '$N', intervalSec: '0.5', exitCodes: [] }
    const plan = await planOf(
      {
        stdout: 'o-$N.txt',
        stderr: '/abs/$DAG_NAME',
        workingDir: 'sub',
        retryPolicy,
      },
      {},
      { env: envOf(['N', '3']) },
    )
    expect(plan).toMatchObject({
      stdout: '/w/sub/o-3.txt',
      stderr: '/abs/d',
      policy: { retryLimit: 3, retryIntervalSec: 0.5 },
    })
  })

  it('fails where a number of a policy is none', async () => {
    const plan = await resolveStep(
      await inputOf({ repeatPolicy: { mode: 'while', limit: '$NOPE', intervalSec: 1, exitCodes: [] } }),
    )
    expect(plan).toMatchObject({ ok: false, error: { code: 'expr.not_a_number', path: 'repeat_policy.limit' } })
  })

  it('fails clearly where its texts grow too long', async () => {
    const dag = { env: envOf(['A', 'x'.repeat(100_000)]) }
    const message = '${A}'.repeat(500)
    for (const fields of [{ type: 'log', config: { message } }, { env: envOf(['B', message]) }])
      expect(await resolveStep(await inputOf(fields, {}, dag))).toMatchObject({
        ok: false,
        error: { code: 'expr.too_large' },
      })
  })

  it('fails clearly where a value is too long for a process', async () => {
    const dag = { env: envOf(['BIG', 'x'.repeat(140_000)]) }
    expect(await resolveStep(await inputOf({ commands: ['echo $BIG'] }, {}, dag))).toMatchObject({
      ok: false,
      error: { code: 'expr.too_large' },
    })
    expect((await planOf({ commands: ['true'] }, {}, dag)).env.BIG).toBeUndefined()
  })

  it('may use a field of a value that is too long as a whole', async () => {
    const dag = { env: envOf(['BIG', JSON.stringify({ list: [0, { id: 'far' }], filler: 'x'.repeat(140_000) })]) }
    const plan = await planOf({ commands: ['echo ${BIG.list.1.id}'] }, {}, dag)
    expect(Object.values(plan.env)).toContain('far')
    for (const commands of [['echo ${BIG.filler}'], ['echo ${BIG.list.1.id} "${BIG}"'], ['echo ${BIG:-none}']])
      expect(await resolveStep(await inputOf({ commands }, {}, dag))).toMatchObject({ ok: false })
  })

  it('fills in the config of typed steps, and leaves templates alone', async () => {
    const dag = { env: envOf(['W', 'x']) }
    const typed = { config: { url: 'http://$W/${NOPE}' }, commands: ['get ${W}'], script: 'body $W' }
    expect(await planOf({ type: 'http', ...typed }, {}, dag)).toMatchObject({
      jobs: [],
      config: { url: 'http://x/${NOPE}' },
      commands: ['get x'],
      script: 'body x',
    })
    expect(await planOf({ type: 'template', ...typed }, {}, dag)).toMatchObject({ script: 'body $W' })
  })

  it('is plain data', async () => {
    const plan = await planOf({ script: 'x ${s.stdout}' })
    expect(JSON.parse(JSON.stringify(plan))).toEqual({ ...plan, env: { ...plan.env } })
  })
})

describe('after a step', () => {
  const after = async (step: Partial<Step>, end: StepEnd, dag: Partial<Dag> = {}) => {
    const input = await inputOf(step, {}, dag)
    const plan = await resolveStep(input)
    if (!plan.ok) throw new Error(plan.error.message)
    return evaluateAfter(input, plan.value, end)
  }
  const variable = (fields: object = {}) => ({ output: { kind: 'variable' as const, name: 'O', ...fields } })

  it('its output is trimmed on both sides, also when it failed', async () => {
    expect(await after(variable(), ended('\n a\n\nb \n', 3))).toMatchObject({
      result: { exitCode: 3, outputs: { O: 'a\n\nb' } },
    })
  })

  it('too much output fails it', async () => {
    const done = await after(variable(), ended('12345'), { maxOutputSize: 4 })
    expect(done).toMatchObject({ problem: { code: 'expr.too_large' }, result: { exitCode: 1 } })
  })

  it.each([
    [{ type: 'object', required: ['a'] }, '{"a":1}', true],
    [{ type: 'object', required: ['a'] }, '{}', false],
    [{ type: 'object' }, 'words', false],
    [true, '[1]', true],
    [false, '{}', false],
  ])('its output is held to the schema %j: %s passes: %s', async (schema, text, passes) => {
    const done = await after(variable({ schema }), ended(text))
    expect([done.problem === undefined, done.result.exitCode]).toEqual([passes, passes ? 0 : 1])
  })

  it('structured values come from streams, files and literals', async () => {
    const from = (source: object) => ({ decode: 'json' as const, ...source }) as never
    const entries = [
      { key: 'all', source: from({ from: 'stdout' }) },
      { key: 'one', source: from({ from: 'stdout', select: '.a[1].b' }) },
      { key: 'file', source: from({ from: 'file', path: 'out.yaml', decode: 'yaml', select: 'a.b.1' }) },
      { key: 'text', source: from({ from: 'stderr', decode: 'text' }) },
      { key: 'literal', source: { from: 'literal' as const, value: { v: ['$DAG_NAME', 2] } } },
    ]
    const end = { ...ended('{"a":[0,{"b":7}]}'), stderr: { text: ' e \n', bytes: 4 } }
    const { result } = await after({ output: { kind: 'structured', entries } }, end)
    expect(result.structured).toEqual({
      all: { a: [0, { b: 7 }] },
      one: 7,
      file: 'x',
      text: 'e',
      literal: { v: ['d', 2] },
    })
  })

  it.each([
    ['no JSON', { from: 'stdout', decode: 'json' }],
    ['a path to nothing', { from: 'stdout', decode: 'yaml', select: '.a.b' }],
    ['a missing file', { from: 'file', path: 'none', decode: 'text' }],
  ])('%s fails it', async (_, source) => {
    const done = await after(
      { output: { kind: 'structured', entries: [{ key: 'k', source: source as never }] } },
      ended('[a'.slice(1)),
    )
    expect(done).toMatchObject({ problem: { code: 'expr.bad_output' }, result: { exitCode: 1 } })
  })

  it('its repeat condition sees what it has just captured', async () => {
    const repeatPolicy = {
      mode: 'until' as const,
      condition: { condition: '$O-${s.exit_code}', expected: '3-0', negate: false },
      intervalSec: 0,
      exitCodes: [],
    }
    const looping = { id: 's', ...variable(), repeatPolicy }
    expect(await after(looping, ended('3'))).toMatchObject({ repeatCondition: 'met' })
    expect(await after(looping, ended('2'))).toMatchObject({ repeatCondition: 'unmet' })
  })
})

describe('results of a run', () => {
  const step = (name: string, ...depends: string[]) => makeStep({ name, depends })
  const given = (outputs: Record<string, string>): StepResult => ({ exitCode: 0, outputs })
  const seen = (steps: Step[], results: Record<string, Record<string, string>>, consumer: string) => {
    const run = createRunResults(makeDag({ steps }))
    for (const [name, outputs] of Object.entries(results)) run.record(name, given(outputs))
    return Object.fromEntries(run.visibleTo(consumer))
  }

  it.each([
    ['of parents, the one later in depends wins', [step('a'), step('b'), step('c', 'a', 'b')], 'c', 'b'],
    ['whichever way round', [step('a'), step('b'), step('c', 'b', 'a')], 'c', 'a'],
    ['in a chain the nearer wins', [step('a'), step('b', 'a'), step('c', 'b')], 'c', 'b'],
    ['steps beside it are not seen', [step('a'), step('b'), step('c')], 'c', undefined],
  ])('%s', (_, steps, consumer, winner) => {
    expect(seen(steps, { a: { V: 'a' }, b: { V: 'b' } }, consumer).V).toBe(winner)
  })

  it('grow with a chain, step by step, and follow a step that ran again', () => {
    const steps = Array.from({ length: 5 }, (_, i) => step(`s${i}`, ...(i === 0 ? [] : [`s${i - 1}`])))
    const run = createRunResults(makeDag({ steps }))
    const maps = steps.map(({ name }, i) => {
      const map = run.visibleTo(name)
      expect(map.size).toBe(i)
      run.record(name, given({ [`O${i}`]: String(i) }))
      return map
    })
    expect(new Set(maps).size).toBe(1)
    run.record('s1', given({ O1: 'again' }))
    expect(run.visibleTo('s4').get('O1')).toBe('again')
    expect(run.visibleTo('s2').size).toBe(2)
    expect(run.all().get('O4')).toBe('4')
  })
})

describe('names and files of outputs', () => {
  it.each([
    ['SIMPLE', 'simple'],
    ['MY_LONG_VAR', 'myLongVar'],
    ['myVar', 'myvar'],
    ['__LEAD_WORD', 'leadWord'],
  ])('%s is %s in the collected outputs', (name, key) => expect(outputKey(name)).toBe(key))
  it('there is no outputs.json without outputs', () => {
    const meta = {
      dagName: 'd',
      dagRunId: 'r',
      attemptId: 'a',
      status: 'succeeded',
      completedAt: '2026-01-01T00:00:00Z',
      params: '',
    }
    expect(outputsJson(meta, {})).toBeUndefined()
    expect(JSON.parse(outputsJson(meta, { a: '1' })!)).toEqual({ metadata: meta, outputs: { a: '1' } })
  })
})

describe('what a call hands on', () => {
  const context = {
    names: {
      variable: (name: string) => ({ MADE: 'one two', L: '["a",{"b":1}]', W: 'x  y', ITEM: '{"k":"v w"}' })[name],
    },
  }
  it('keeps named and quoted values whole in parameter texts, and splits bare words once they are filled in', () => {
    expect(expandCallParams('A=${MADE} B="${MADE}" "${MADE}" ${MADE} C=${ITEM.k}', context)).toEqual([
      { name: 'A', value: 'one two' },
      { name: 'B', value: 'one two' },
      { value: 'one two' },
      { value: 'one' },
      { value: 'two' },
      { name: 'C', value: 'v w' },
    ])
  })
  it.each([
    ['a, b,,c', ['a', 'b', 'c']],
    ['a b;c d', ['a b', 'c d']],
    ['a|b', ['a', 'b']],
    ['"first one" \'second one\' third', ['first one', 'second one', 'third']],
    ['"x, y", z', ['x, y', 'z']],
    ['one two\n\n three ', ['one two', 'three']],
    ['{"a": "b c"}', ['{"a": "b c"}']],
    ["it's fine", ["it's", 'fine']],
    ['  ', []],
    ['[]', []],
    ['12', ['12']],
  ])('cuts %j into %j', (text, items) => {
    expect(expandItems(text, context)).toEqual(items)
  })
  it('reads items from JSON, words, and lists', () => {
    expect(expandItems('$L', context)).toEqual(['a', '{"b":1}'])
    expect(expandItems('$W z', context)).toEqual(['x', 'y', 'z'])
    expect(expandItems(['$W', 2, { a: '$W' }], context)).toEqual(['x  y', '2', '{"a":"x  y"}'])
  })
})
