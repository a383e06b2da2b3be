// A value never becomes code: whatever a parameter, a variable or an output holds, it reaches the program byte for byte, through
// every place where a file may use it and every shell at hand. What runs here is what the agent would run: loader, scopes, jobs.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these files are about
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { type Host, openHost } from '@edgedag/core/expr/fixture'
import { paramsInput } from '@edgedag/core/expr/params-input'
import { createRunResults } from '@edgedag/core/expr/results'
import { prepareRunScope } from '@edgedag/core/expr/run-scope'
import { resolveStep } from '@edgedag/core/expr/step-plan'
import type { Dag } from '@edgedag/core/spec/dag'
import { loadDags } from '@edgedag/core/spec/load'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isNightly, randomOf, randomValue } from './random-values.ts'

const VALUES = isNightly ? 10_000 : 1_000
const BATCH = 50
const PATH = '/usr/local/bin:/usr/bin:/bin'

/** Where a program of that name is; undefined: not here. */
const whereIs = (program: string): string | undefined =>
  PATH.split(':')
    .map(dir => join(dir, program))
    .filter(file => existsSync(file))
    .map(file => realpathSync(file))[0]

/** Every POSIX shell at hand, each program once: `sh` is often another one's name. */
const SHELLS = ['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash'].filter((shell, i, all) => {
  const file = whereIs(shell)
  return file !== undefined && !all.slice(0, i).some(other => whereIs(other) === file)
})

interface Place {
  name: string
  /** Fields of the step that prints value `i`, joined over all values; each print ends in NUL. */
  step: (numbers: number[]) => Record<string, unknown>
  shown: (value: string) => string
}

const line = (name: string, print: (i: number) => string, shown = (v: string) => v): Place => ({
  name,
  step: numbers => ({ command: numbers.map(i => `printf '%s\\0' ${print(i)}`).join('; ') }),
  shown,
})

const script = (name: string, print: (i: number) => string, shown = (v: string) => v): Place => ({
  name,
  step: numbers => ({ script: `${numbers.map(print).join('\n')}\n` }),
  shown,
})

const print = (words: string): string => `printf '%s\\0' ${words}`
const heredoc = (start: string, text: string): string => `cat <<${start}\n${text}\nEOF\nprintf '\\0'`

const PLACES: Place[] = [
  line('double quotes', i => `"$V${i}"`),
  line(
    'double quotes with braces',
    i => `"a\${V${i}}b"`,
    v => `a${v}b`,
  ),
  line(
    'single quotes',
    i => `'a \${V${i}} b'`,
    v => `a ${v} b`,
  ),
  line(
    'a JSON text in single quotes',
    i => `'{"v":"\${V${i}}"}'`,
    v => `{"v":${JSON.stringify(v)}}`,
  ),
  line(
    'a command substitution',
    i => `"$(printf '%s' '<\${V${i}}>'; echo .)"`,
    v => `<${v}>.`,
  ),
  line('a JSON path in double quotes', i => `"\${J${i}.a.b}"`),
  line('a JSON path in single quotes', i => `'\${J${i}.a.b}'`),
  line('a step reference', i => `"\${u${i}.output}"`),
  line('a step reference in single quotes', i => `'\${u${i}.output.k}'`),
  line('a variable of the DAG', i => `"$E${i}"`),
  {
    name: 'a variable of the step',
    step: numbers => ({
      env: Object.fromEntries(numbers.map(i => [`S${i}`, `\${V${i}}`])),
      command: numbers.map(i => print(`"$S${i}"`)).join('; '),
    }),
    shown: v => v,
  },
  {
    name: 'no quotes',
    step: numbers => ({ script: `IFS=\nset -f\n${numbers.map(i => print(`$V${i}`)).join('\n')}\n` }),
    shown: v => v,
  },
  script('a script', i => print(`"$V${i}" `)),
  script('a step reference in a script', i => print(`"\${u${i}.output}"`)),
  script(
    'a step reference in single quotes of a script',
    i => print(`'x\${u${i}.output}'`),
    v => `x${v}`,
  ),
  script(
    'a here-document',
    i => heredoc('EOF', `$V${i}|\${u${i}.output}`),
    v => `${v}|${v}\n`,
  ),
  script(
    'a quoted here-document',
    i => heredoc("'EOF'", `|\${u${i}.output}|\${J${i}.a.b}`),
    v => `|${v}|${v}\n`,
  ),
  script(
    'a JSON text in a here-document',
    i => heredoc('EOF', `["\${V${i}}"]`),
    v => `${JSON.stringify([v])}\n`,
  ),
  {
    name: 'a script with an interpreter of its own',
    step: numbers => ({
      script: `#!/usr/bin/env bash\n${numbers.map(i => print(`"\${u${i}.output}" `)).join('\n')}\n`,
    }),
    shown: v => v,
  },
  {
    name: 'a program without a shell',
    step: numbers => ({ exec: { command: 'printf', args: ['%s\\0', ...numbers.map(i => `\${V${i}}`)] } }),
    shown: v => v,
  },
  {
    name: 'a command line without a shell',
    step: numbers => ({ shell: 'direct', command: `printf '%s\\0' ${numbers.map(i => `"\${V${i}}"`).join(' ')}` }),
    shown: v => v,
  },
]

let host: Host
beforeAll(async () => {
  host = await openHost()
})
afterAll(() => host.dispose())

function dagOf(shell: string, count: number): Dag {
  const numbers = Array.from({ length: count }, (_, i) => i)
  const file = {
    shell,
    params: numbers.flatMap(i => [{ [`V${i}`]: '' }, { [`J${i}`]: '{}' }]),
    env: numbers.map(i => ({ [`E${i}`]: `\${V${i}}` })),
    steps: [
      ...numbers.map(i => ({ id: `u${i}`, command: 'true', output: `O${i}` })),
      ...PLACES.map(place => ({ name: place.name, ...place.step(numbers) })),
    ],
  }
  // JSON is YAML, and needs no care for quotes.
  const loaded = loadDags(JSON.stringify(file), { fileName: 'values.yaml' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value.dag
}

/** What every place printed, by its name. */
async function printed(shell: string, values: string[]): Promise<Map<string, string[]>> {
  const dag = dagOf(shell, values.length)
  const overrides = Object.fromEntries(
    values.flatMap((v, i) => [
      [`V${i}`, v],
      [`J${i}`, JSON.stringify({ a: { b: v } })],
    ]),
  )
  const params = paramsInput(dag, overrides)
  if (!params.ok) throw new Error(JSON.stringify(params.error))
  const run = await prepareRunScope(dag, {
    hostEnv: { PATH },
    params: params.value,
    runVars: { DAG_NAME: 'values', DAG_RUN_ID: 'r', DAG_RUN_WORK_DIR: host.dir },
    ports: host.ports,
  })
  if (!run.ok) throw new Error(JSON.stringify(run.error))
  const results = createRunResults(dag)
  for (const [i, v] of values.entries())
    results.record(dag.steps[i]!.name, { exitCode: 0, outputs: { [`O${i}`]: v }, structured: { k: v } })
  const texts = new Map<string, string[]>()
  for (const step of dag.steps.slice(values.length)) {
    const vars = { nodeName: step.name, stdoutFile: '/dev/null', stderrFile: '/dev/null' }
    const plan = await resolveStep({ dag, step, run: run.value, vars, results, ports: host.ports })
    if (!plan.ok) throw new Error(`${step.name}: ${plan.error.message}`)
    const outputs = plan.value.jobs.map(job => host.runJob(job, plan.value.env))
    const stderr = outputs.map(output => output.stderr).join('')
    if (stderr !== '') throw new Error(`${step.name}: ${stderr}`)
    texts.set(
      step.name,
      outputs
        .map(output => output.stdout)
        .join('')
        .split('\0')
        .slice(0, -1),
    )
  }
  return texts
}

describe.each(SHELLS)('values through %s', shell => {
  it(`arrive byte for byte in ${PLACES.length} places, and none is executed`, { timeout: 900_000 }, async () => {
    const next = randomOf(90210)
    for (let from = 0; from < VALUES; from += BATCH) {
      const values = Array.from({ length: Math.min(BATCH, VALUES - from) }, () => randomValue(next))
      const texts = await printed(shell, values)
      for (const place of PLACES) expect(texts.get(place.name), place.name).toEqual(values.map(place.shown))
      expect(existsSync(join(host.dir, 'PWNED'))).toBe(false)
    }
  })
})
