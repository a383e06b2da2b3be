// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts under test hold such references.

import { describe, expect, it } from 'vitest'
import type { Dag, Step } from './dag.ts'
import { type LoadOptions, loadDags } from './load.ts'
import { problemText } from './report.ts'
import { schemaRefs } from './schema-refs.ts'

function load(text: string, options: LoadOptions = {}): Dag {
  const result = loadDags(text, { fileName: 'test.yaml', ...options })
  if (!result.ok) throw new Error(result.error.map(problemText).join('\n'))
  return result.value.dag
}

const step = (fields: string): Step => {
  const [first] = load(`type: graph\nsteps:\n  - ${fields.split('\n').join('\n    ')}`).steps
  if (!first) throw new Error('no step')
  return first
}

function problems(text: string, options: LoadOptions = {}) {
  const result = loadDags(text, { fileName: 'test.yaml', ...options })
  return result.ok ? [] : result.error
}

describe('problems', () => {
  it('all of a file are reported at once, each with code, path, line, column and hint', () => {
    const text =
      'descripton: x\nsteps:\n  - name: a\n    comand: echo\n  - name: b\n    command: echo\n    timeout_sec: soon\n'
    expect(problems(text)).toMatchObject([
      { code: 'dag.unknown_key', path: 'descripton', line: 1, column: 1, hint: 'did you mean "description"?' },
      { code: 'dag.unknown_key', path: 'steps[0].comand', line: 4, column: 5, hint: 'did you mean "command"?' },
      { code: 'dag.missing', path: 'steps[0]', line: 3 },
      { code: 'dag.bad_type', path: 'steps[1].timeout_sec', line: 7, column: 18 },
    ])
  })

  it('a problem of the base configuration says that it is there', () => {
    expect(problems('steps: []', { base: 'timeout_sec: -1' })[0]?.message).toContain('in the base configuration')
  })

  it.each([
    ['two spellings of one field', 'maxActiveRuns: 1\nmax_active_runs: 2', 'same field'],
    ['with beside config', 'steps:\n  - {type: http, with: {}, config: {}}', '"with" and "config"'],
    ['exec beside script', 'steps:\n  - {exec: {command: ls}, script: x}', 'exec cannot be combined with script'],
    ['call beside command', 'steps:\n  - {call: x, command: y}', 'call cannot be combined with command'],
    ['a command of a type that takes none', 'steps:\n  - {type: noop, command: y}', 'takes no command'],
    ['container exec beside image', 'steps:\n  - {container: {exec: a, image: b}, command: y}', 'mutually exclusive'],
    ['both retentions', 'hist_retention_days: 1\nhist_retention_runs: 2', 'mutually exclusive'],
    [
      'rewind_to a step that is not upstream',
      'type: graph\nsteps:\n  - {name: a, command: x, approval: {rewind_to: b}}\n  - {name: b, command: x}',
      'rewind_to',
    ],
    [
      'a step in two routes',
      'type: graph\nsteps:\n  - {name: r, type: router, value: x, routes: {a: [t], b: [t]}}\n  - {name: t, command: x}',
      'more than one route',
    ],
    ['a select of a text', 'steps:\n  - command: x\n    output: {a: {from: stdout, select: .x}}', 'needs decode'],
    ['a handler with depends', 'handler_on:\n  exit: {command: x, depends: [a]}\nsteps: []', 'depend'],
    ['a secret named like a run variable', 'secrets:\n  - {name: DAG_RUN_ID, provider: env, key: X}', 'DAG_'],
    ['an unnamed DAG', 'steps: []', 'DAG name is required', { fileName: '' }],
    ['a name with a slash', 'name: a/b', 'not a valid DAG name'],
    ['parallel without call', 'steps:\n  - {command: x, parallel: [1]}', 'parallel needs call'],
    ['max_concurrent 0', 'steps:\n  - {call: x, parallel: {items: [1], max_concurrent: 0}}', 'at least 1'],
    ['a forwarded authorization header', 'webhook: {forward_headers: [Authorization]}', 'authorization'],
  ] as [string, string, string, LoadOptions?][])('%s is refused', (_, text, message, options) => {
    expect(problems(text, options).map(problemText).join('; ')).toContain(message)
  })

  it('a cycle is named step by step', () => {
    const text =
      'type: graph\nsteps:\n  - {id: a, command: x, depends: c}\n  - {id: b, command: x, depends: a}\n  - {id: c, command: x, depends: b}\n  - {id: d, command: x, depends: c}'
    expect(problems(text)[0]).toMatchObject({ code: 'dag.cycle', path: 'steps[0].depends' })
    expect(problems(text)[0]?.message).toContain('a -> c -> b -> a')
  })
})

describe('spellings of other eras mean the same', () => {
  it.each([
    [
      'camelCase and snake_case',
      'histRetentionDays: 7\nhandlerOn: {cancel: {command: x}}\nmaxActiveRuns: 2',
      'hist_retention_days: 7\nhandler_on: {abort: {command: x}}\nmax_active_runs: 2',
    ],
    ['tags and labels', 'tags: {Env: Prod, x: ""}', 'labels: [env=prod, x]'],
    [
      'executor and type',
      'steps:\n  - {name: a, executor: {type: http, config: {url: u}}}',
      'steps:\n  - {name: a, type: http, with: {url: u}}',
    ],
    [
      'executor as a word',
      'steps:\n  - {name: a, executor: jq, command: .}',
      'steps:\n  - {name: a, type: jq, command: .}',
    ],
    ['run and command', 'steps:\n  - {name: a, run: echo hi}', 'steps:\n  - {name: a, command: echo hi}'],
    [
      'action and type',
      'steps:\n  - {name: a, action: http.request, with: {url: u}}',
      'steps:\n  - {name: a, type: http, with: {url: u}}',
    ],
    [
      'run of a sub-DAG and call',
      'steps:\n  - {name: a, run: kid}\n---\nname: kid',
      'steps:\n  - {name: a, call: kid}\n---\nname: kid',
    ],
    ['precondition and preconditions', 'precondition: "true"', 'preconditions: ["true"]'],
    [
      'parallel.maxConcurrent',
      'steps:\n  - {call: k, parallel: {items: [1], maxConcurrent: 2}}',
      'steps:\n  - {call: k, parallel: {items: [1], max_concurrent: 2}}',
    ],
    [
      'anchors and plain text',
      `${'x: 1\n'.slice(4)}env: &e {A: b}\nsteps:\n  - {command: x, env: *e}`,
      'env: {A: b}\nsteps:\n  - {command: x, env: {A: b}}',
    ],
    [
      'merge keys',
      'defaults: &d {timeout_sec: 3}\nsteps:\n  - {<<: *d, command: x}',
      'defaults: {timeout_sec: 3}\nsteps:\n  - {command: x}',
    ],
  ])('%s', (_, older, newer) => {
    expect(load(older)).toEqual(load(newer))
  })
})

describe('the name', () => {
  it.each([
    ['of the text', 'name: own', { fileName: 'file.yaml' }, 'own'],
    ['of the file', 'steps: []', { fileName: '/dags/file.v2.yml' }, 'file.v2'],
    ['of the start, over both', 'name: own', { fileName: 'file.yaml', name: 'other' }, 'other'],
  ])('is that %s', (_, text, options, name) => {
    expect(load(text, options).name).toBe(name)
  })
})

describe('steps', () => {
  it('a chain links entries, groups wait as a whole', () => {
    const dag = load('steps:\n  - a\n  - [b, c]\n  - d')
    expect(dag.steps.map(item => [item.name, item.depends])).toEqual([
      ['cmd_1', []],
      ['cmd_2', ['cmd_1']],
      ['cmd_3', ['cmd_1']],
      ['cmd_4', ['cmd_2', 'cmd_3']],
    ])
  })

  it('depends without a type makes a graph, also where it is empty', () => {
    const dag = load('steps:\n  - {name: a, command: x}\n  - {name: b, command: x, depends: []}')
    expect([dag.type, ...dag.steps.map(item => item.depends)]).toEqual(['graph', [], []])
  })

  it('a map of steps is sorted by name and makes no edges of its own', () => {
    const dag = load('steps:\n  b: {command: x}\n  a: {command: y}')
    expect(dag.steps.map(item => [item.name, item.depends])).toEqual([
      ['a', []],
      ['b', []],
    ])
  })

  it('ids in depends become names, without repeats', () => {
    const dag = load(
      'type: graph\nsteps:\n  - {name: first one, id: f, command: x}\n  - {name: b, command: x, depends: [f, first one]}',
    )
    expect(dag.steps[1]?.depends).toEqual(['first one'])
  })

  it.each([
    ['command: "  echo hi  "', { type: 'command', commands: ['echo hi'] }],
    ['command: |\n  one\n  two', { commands: [], script: 'one\ntwo\n' }],
    ['command: [a, "b c", {echo x: 1}, false]', { commands: ['a', 'b c', 'echo x: 1', 'false'] }],
    ['exec: {command: ls, args: [-l, 3, true]}', { exec: { command: 'ls', args: ['-l', '3', 'true'] } }],
    ['type: k8s\ncommand: x', { type: 'kubernetes' }],
    ['container: box\ncommand: x', { type: 'docker', config: { exec: 'box' } }],
    ['container: {image: i, pullPolicy: never}\ncommand: x', { config: { image: 'i', pull_policy: 'never' } }],
    ['shell: bash -e\ncommand: x', { shell: ['bash', '-e'] }],
    ['shell: direct\ncommand: x', { shell: [] }],
    ['output: ${V}\ncommand: x', { output: { kind: 'variable', name: 'V' } }],
    [
      'output: {a: {from: stdout, decode: json, select: .x}, b: {c: 1}}\ncommand: x',
      {
        output: {
          kind: 'structured',
          entries: [
            { key: 'a', source: { from: 'stdout', decode: 'json', select: '.x' } },
            { key: 'b', source: { from: 'literal', value: { c: 1 } } },
          ],
        },
      },
    ],
    ['output: {a: 1}', { type: 'noop' }],
    [
      'continue_on: failed\ncommand: x',
      { continueOn: { failure: true, skipped: false, exitCodes: [], output: [], markSuccess: false } },
    ],
    [
      'retry_policy: {limit: "3", interval_sec: "${P}", backoff: true}\ncommand: x',
      { retryPolicy: { limit: 3, intervalSec: '${P}', backoff: 2, exitCodes: [] } },
    ],
    [
      'repeat_policy: {condition: c, expected: e}\ncommand: x',
      {
        repeatPolicy: {
          mode: 'until',
          condition: { condition: 'c', expected: 'e', negate: false },
          exitCodes: [],
          intervalSec: 0,
        },
      },
    ],
    [
      'call: k\nparams: {A: 1, B: [x]}',
      {
        type: 'dag',
        callParams: [
          { name: 'A', value: '1' },
          { name: 'B', value: '["x"]' },
        ],
      },
    ],
    ['signal_on_stop: sigint\ncommand: x', { signalOnStop: 'SIGINT' }],
    ['worker_selector: {gpu: true}\ncommand: x', { workerSelector: { gpu: 'true' } }],
    [
      'preconditions: ["a", {command: b, negate: true}]\ncommand: x',
      {
        preconditions: [
          { condition: 'a', negate: false },
          { condition: 'b', negate: true },
        ],
      },
    ],
  ])('%s', (fields, expected) => {
    expect(step(fields)).toMatchObject(expected)
  })

  it('a default fills what a step leaves out, adds to env, and yields to anything that is said', () => {
    const dag = load(
      'defaults: {timeout_sec: 9, env: [A: d], preconditions: "true"}\nsteps:\n  - {command: x, env: [B: s]}\n  - {command: x, timeout_sec: 0, env: [], preconditions: []}',
    )
    expect(dag.steps.map(item => [item.timeoutSec, item.env, item.preconditions.length])).toEqual([
      [
        9,
        [
          { name: 'A', value: 'd' },
          { name: 'B', value: 's' },
        ],
        1,
      ],
      [0, [], 0],
    ])
  })
})

describe('base configuration', () => {
  const base =
    'env: [A: base]\ntype: graph\nlog_output: merged\nretry_policy: {limit: 2}\nhist_retention_days: 5\nhandler_on: {exit: {command: bye}}\nparams: {P: b, Q: b}\nsmtp: {host: h, port: 25}\nsteps: [nothing]'

  it('fills what the file leaves out; env adds up, its steps are ignored', () => {
    const dag = load('env: [B: own]\nparams: {P: own}\nsteps: [a]', { base })
    expect(dag).toMatchObject({
      type: 'graph',
      logOutput: 'merged',
      retryPolicy: { limit: 2, intervalSec: 60 },
      histRetentionDays: 5,
      inheritedHandlers: ['exit'],
    })
    expect(dag.env.map(entry => entry.name)).toEqual(['A', 'B'])
    expect(dag.params.defs).toEqual([
      { name: 'Q', default: 'b' },
      { name: 'P', default: 'own' },
    ])
    expect(dag.steps).toHaveLength(1)
  })

  it('yields to the file, and a retry limit of 0 switches the inherited one off', () => {
    const dag = load(
      'type: chain\nretry_policy: {limit: 0}\nhist_retention_runs: 3\nhandler_on: {exit: {command: own}}',
      { base },
    )
    expect(dag).toMatchObject({ type: 'chain', histRetentionDays: 30, histRetentionRuns: 3, inheritedHandlers: [] })
    expect(dag.retryPolicy).toBeUndefined()
    expect(dag.handlers.exit?.commands).toEqual(['own'])
  })

  it('gives no handlers to the further documents of a file', () => {
    expect(load('steps: []\n---\nname: kid\nsteps: [x]', { base }).localDags[0]?.handlers).toEqual({})
  })

  it('a workspace base is stronger than the global one', () => {
    expect(load('steps: []', { base, workspaceBase: 'log_output: separate' }).logOutput).toBe('separate')
  })
})

describe('what a load says beside the DAG', () => {
  it('a setting that the executor does not know is a warning with the nearest one', () => {
    const result = loadDags('steps:\n  - {type: http, with: {url: u, header: {}}}', { fileName: 'x' })
    expect(result.ok && result.value.warnings).toMatchObject([
      { code: 'dag.unknown_config_key', path: 'steps[0].with.header', line: 2, hint: 'did you mean "headers"?' },
    ])
  })

  it('schema files that are not there are named, and pinned once they are', () => {
    const text = 'params: {schema: ./p.json}\nsteps:\n  - {command: x, output: {name: A, schema: o.json}}'
    expect(schemaRefs(load(text))).toEqual(['./p.json', 'o.json'])
    const files = { 'p.json': '{"type":"object","properties":{"n":{"default":1}}}', 'o.json': 'true' }
    const dag = load(text, { files })
    expect(schemaRefs(dag)).toEqual([])
    expect(dag.params).toMatchObject({ mode: 'schema', defs: [{ name: 'n', default: '1' }] })
  })
})
