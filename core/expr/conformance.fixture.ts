// A small executor for tests: steps in an order that respects `depends`, each with real processes, conditions, retry and repeat.

import { createMasker } from '../redact/masker.ts'
import { type Dag, HANDLER_NODE_NAMES, type Step } from '../spec/dag.ts'
import { withScriptPath } from './command-line.ts'
import { evaluateDagConditions } from './dag-conditions.ts'
import { collectOutputs } from './output.ts'
import { paramsInput } from './params-input.ts'
import type { Ports, ShellResult } from './ports.ts'
import { createRunResults } from './results.ts'
import { prepareRunScope, type RunScope } from './run-scope.ts'
import { utf8Length } from './scope.ts'
import { resolveStep } from './step-plan.ts'
import { evaluateAfter } from './step-result.ts'
import type { StepInput } from './step-scope.ts'

interface Node {
  spawnSync(
    program: string,
    args: string[],
    options: object,
  ): { status: number | null; stdout: string; stderr: string; error?: unknown }
  readFileSync(path: string, encoding: 'utf8'): string
  readdirSync(path: string): string[]
  existsSync(path: string): boolean
  mkdirSync(path: string, options: { recursive: boolean }): void
  writeFileSync(path: string, text: string, options?: { mode: number; flag?: string }): void
  mkdtempSync(prefix: string): string
  rmSync(path: string, options: { recursive: boolean; force: boolean }): void
}

// Core has no Node types, and must not get them through its tests.
const load = async (name: string): Promise<Node> => (await import(name)) as Node
const { spawnSync } = await load('node:child_process')
const fs = await load('node:fs')
const hostEnv = (globalThis as unknown as { process: { env: Record<string, string> } }).process.env

const CASES = `${(import.meta as unknown as { dirname: string }).dirname}/../../test/conformance/cases/`

export const readCases = (area: string): { name: string; text: string }[] =>
  fs
    .readdirSync(CASES + area)
    .filter(file => file.endsWith('.yaml'))
    .map(file => ({ name: file.replace('.yaml', ''), text: fs.readFileSync(`${CASES}${area}/${file}`, 'utf8') }))

interface Case {
  files?: Record<string, string>
  start?: { params?: string; env?: Record<string, string> }
}

export interface Outcome {
  statuses: Record<string, string>
  attempts: Record<string, number>
  logs: Record<string, string>
  variables: Record<string, string>
  outputs: Record<string, string>
}

interface Running {
  dag: Dag
  dir: string
  run: RunScope
  ports: Ports
  results: ReturnType<typeof createRunResults>
  outcome: Outcome
  mask: (text: string) => string
}

const exec = (argv: string[], env: Record<string, string>, cwd: string): ShellResult => {
  fs.mkdirSync(cwd, { recursive: true })
  const options = { env, cwd, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] }
  const child = spawnSync(argv[0] ?? 'true', argv.slice(1), options)
  return child.error === undefined
    ? { code: child.status ?? -1, stdout: child.stdout, stderr: child.stderr }
    : { code: 1, stdout: '', stderr: String(child.error) }
}

/** Runs a DAG and tells what its steps did. */
export const runCase = async (dag: Dag, { files = {}, start = {} }: Case): Promise<Outcome> => {
  const dir = fs.mkdtempSync('/tmp/expr-case-')
  try {
    for (const [path, text] of Object.entries(files)) {
      fs.mkdirSync(`${dir}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true })
      fs.writeFileSync(`${dir}/${path}`, text)
    }
    const ports: Ports = {
      shell: async (command, { env, cwd }) => exec(['sh', '-c', command], env, cwd ?? dir),
      files: {
        readText: async path => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : undefined),
        exists: async path => fs.existsSync(path),
      },
    }
    const params = paramsInput(dag, start.params)
    if (!params.ok) throw new Error(JSON.stringify(params.error))
    const run = await prepareRunScope(dag, {
      hostEnv: { ...hostEnv, ...start.env },
      params: params.value,
      runVars: {
        DAG_NAME: dag.name,
        DAG_RUN_ID: 'run-1',
        DAG_RUN_LOG_FILE: `${dir}/logs/run.log`,
        DAG_RUN_WORK_DIR: `${dir}/work`,
        ...(dag.artifacts?.enabled ? { DAG_RUN_ARTIFACTS_DIR: `${dir}/artifacts` } : {}),
      },
      sourceDir: dir,
      ports,
    })
    if (!run.ok) throw new Error(JSON.stringify(run.error))
    const outcome: Outcome = { statuses: {}, attempts: {}, logs: {}, variables: {}, outputs: {} }
    const { mask } = createMasker(run.value.data.secrets.map(([, value]) => value))
    const running = { dag, dir, run: run.value, ports, results: createRunResults(dag), outcome, mask }
    if ((await evaluateDagConditions(dag, run.value, ports)).met) await runSteps(running)
    outcome.outputs = collectOutputs(dag, name => running.results.find(name), mask)
    return outcome
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

const runSteps = async (running: Running): Promise<void> => {
  const { dag, outcome } = running
  const left = [...dag.steps]
  let failed = false
  while (left.length > 0) {
    const next = left.findIndex(step => step.depends.every(name => !left.some(other => other.name === name)))
    const [step] = left.splice(next, 1)
    if (step === undefined) break
    const before = step.depends.map(name => dag.steps.find(other => other.name === name)!)
    const blocker = before.find(({ name, continueOn }) => {
      const status = outcome.statuses[name]
      return (
        status === 'aborted' ||
        (status === 'failed' && !continueOn?.failure) ||
        (status === 'skipped' && !continueOn?.skipped)
      )
    })
    if (blocker !== undefined)
      outcome.statuses[step.name] = outcome.statuses[blocker.name] === 'skipped' ? 'skipped' : 'aborted'
    else await runStep(running, step)
    failed ||= outcome.statuses[step.name] === 'failed'
  }
  for (const kind of [failed ? 'failure' : 'success', 'exit'] as const) {
    const name = HANDLER_NODE_NAMES[kind]
    const handler = dag.handlers[kind]
    if (handler !== undefined) await runStep(running, handler, name)
  }
}

const runStep = async (running: Running, step: Step, handlerName?: string): Promise<void> => {
  const { dag, run, results, ports, outcome, dir } = running
  const name = handlerName ?? step.name
  let retries = 0
  for (let repeats = 1; ; ) {
    const input: StepInput = {
      dag,
      step,
      run,
      results,
      ports,
      vars: { nodeName: name, stdoutFile: `${dir}/logs/${name}.out`, stderrFile: `${dir}/logs/${name}.err` },
      ...(handlerName === undefined ? {} : { handler: true }),
    }
    const plan = await resolveStep(input)
    if (!plan.ok) throw new Error(plan.error.message)
    const { conditions, policy } = plan.value
    if (!conditions.met) {
      outcome.statuses[name] = 'skipped'
      return
    }
    outcome.attempts[name] = (outcome.attempts[name] ?? 0) + 1
    const ended = runJobs(running, name, plan.value)
    const after = await evaluateAfter(input, plan.value, ended)
    if (handlerName === undefined) results.record(name, after.result)
    Object.assign(outcome.variables, after.result.outputs)
    const failed = after.result.exitCode !== 0
    const { retryPolicy, repeatPolicy } = step
    const retried = retryPolicy?.exitCodes.length ? retryPolicy.exitCodes.includes(after.result.exitCode) : true
    if (failed && retried && retries < (policy.retryLimit ?? 0)) {
      retries++
      continue
    }
    const code = repeatPolicy?.exitCodes.length ? repeatPolicy.exitCodes.includes(after.result.exitCode) : undefined
    const test = after.repeatCondition === undefined ? (code ?? !failed) : after.repeatCondition === 'met'
    const again = repeatPolicy !== undefined && test === (repeatPolicy.mode === 'while')
    if (again && repeats < (policy.repeatLimit ?? 50)) {
      repeats++
      continue
    }
    const tolerated =
      step.continueOn?.markSuccess &&
      (step.continueOn.failure || step.continueOn.exitCodes.includes(after.result.exitCode))
    outcome.statuses[name] = failed && !tolerated ? 'failed' : 'succeeded'
    return
  }
}

const runJobs = (
  running: Running,
  name: string,
  plan: { jobs: import('./command-line.ts').Job[]; env: Record<string, string>; cwd: string; stdout?: string },
) => {
  const { dir, outcome } = running
  const total: ShellResult = { code: 0, stdout: '', stderr: '' }
  fs.mkdirSync(`${dir}/logs`, { recursive: true })
  for (const job of plan.jobs) {
    const path = `${dir}/logs/${name}.script${job.script?.suffix ?? ''}`
    if (job.script !== undefined) fs.writeFileSync(path, job.script.content, { mode: 0o700 })
    const one = exec(withScriptPath(job, path), plan.env, plan.cwd)
    total.code = one.code
    total.stdout += one.stdout
    total.stderr += one.stderr
    if (one.code !== 0) break
  }
  fs.writeFileSync(`${dir}/logs/${name}.out`, total.stdout)
  fs.writeFileSync(`${dir}/logs/${name}.err`, total.stderr)
  if (plan.stdout !== undefined) fs.writeFileSync(plan.stdout, total.stdout)
  outcome.logs[name] = (outcome.logs[name] ?? '') + running.mask(total.stdout)
  const ended = (text: string) => ({ text, bytes: utf8Length(text) })
  return { exitCode: total.code, stdout: ended(total.stdout), stderr: ended(total.stderr) }
}
