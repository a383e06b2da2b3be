// Commands on DAG files: validate and dry need no server and no network; push hands a folder to one.

import { readdirSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { DryRun as DryRunAnswer } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { DryRun } from '@edgedag/core/expr/dry-run'
import type { Problem } from '@edgedag/core/result'
import { loadDags } from '@edgedag/core/spec/load'
import { connect, readDagFile } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import type { Style } from '../render/style.ts'
import { readSchemaFiles } from '../schema-files.ts'
import { type Command, type Invocation, only } from './command.ts'
import { dryRunHere } from './dry-run-here.ts'
import { paramsOf } from './params.ts'
import { say, server } from './run-of.ts'
import { targetOf } from './target.ts'

const isDagFile = (name: string): boolean => /\.ya?ml$/.test(name) && !name.startsWith('.')
const nameOf = (path: string): string => basename(path, extname(path))

/** A file as its run would load it: with the schema files beside it. */
function loadFile(path: string): ReturnType<typeof loadDags> {
  const [spec, fileName] = [readDagFile(path), nameOf(path)]
  return loadDags(spec, {
    fileName,
    files: readSchemaFiles(spec, fileName, dirname(path)),
    lint: { nowMs: Date.now() },
  })
}

/** `file:line:column: message` and a hint below it, as compilers do. */
export function problemLines(path: string, problems: Problem[], style: Style): string[] {
  return problems.flatMap(p => {
    const where = [path, p.line, p.column].filter(part => part !== undefined).join(':')
    const line = `${where}: ${style.paint('red', p.message)}${p.path ? style.paint('dim', ` [${p.path}]`) : ''}`
    return p.hint ? [line, style.paint('dim', `    ${p.hint}`)] : [line]
  })
}

async function validate(invocation: Invocation): Promise<number> {
  if (invocation.positionals.length === 0)
    throw usage('validate needs a file or a folder', 'for example: edgedag validate backup.yaml')
  const files = invocation.positionals.flatMap(word => {
    const path = resolve(word)
    return statSync(path, { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(path)
          .filter(isDagFile)
          .map(name => join(path, name))
      : [path]
  })
  const results = files.map(path => {
    const loaded = loadFile(path)
    return { path, problems: loaded.ok ? [] : loaded.error, warnings: loaded.ok ? loaded.value.warnings : [] }
  })
  if (invocation.json) {
    process.stdout.write(
      `${JSON.stringify(results.map(r => ({ file: r.path, valid: r.problems.length === 0, problems: r.problems, warnings: r.warnings })))}\n`,
    )
  } else {
    for (const r of results) {
      for (const line of problemLines(r.path, r.problems, invocation.style)) process.stderr.write(`${line}\n`)
      for (const warning of r.warnings) {
        const lines = problemLines(r.path, [warning], invocation.style)
        process.stderr.write(`warning: ${lines.join('\n')}\n`)
      }
      if (r.problems.length === 0) process.stdout.write(`${invocation.style.paint('green', '✓')} ${r.path} is valid\n`)
    }
  }
  return results.some(r => r.problems.length > 0) ? EXIT.failed : EXIT.ok
}

function dryLines(dag: { name: string; type: string }, run: DryRun, style: Style): string[] {
  const dim = (text: string) => style.paint('dim', text)
  const lines = [
    `${style.paint('bold', dag.name)} ${dim(`(${dag.type}, ${run.steps.filter(step => step.handler === undefined).length} steps) would run:`)}`,
  ]
  for (const p of run.params) lines.push(dim(`   param ${p.name}=${p.value}`))
  lines.push(dim(`   in ${run.workingDir}`))
  for (const [index, step] of run.steps.entries()) {
    const after = step.depends.length > 0 ? dim(` after ${step.depends.join(', ')}`) : ''
    const title =
      step.handler === undefined ? `${String(index + 1).padStart(3)}. ${step.name}${after}` : `  on ${step.handler}:`
    lines.push(title, ...step.when.map(condition => dim(`     if ${condition}`)))
    if (step.type !== 'command' && step.type !== 'dag') lines.push(dim(`     ${step.type}`))
    for (const line of step.text) lines.push(`     ${line}`)
    for (const [key, value] of Object.entries(step.config))
      lines.push(`     ${dim(`${key}:`)} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  }
  return lines
}

async function dry(invocation: Invocation): Promise<number> {
  const target = targetOf(only(invocation, 'a file or a DAG name', 'dry'))
  return target.kind === 'file' ? dryFile(target.path, invocation) : dryStored(target.fileName, invocation)
}

async function dryFile(path: string, invocation: Invocation): Promise<number> {
  const loaded = loadFile(path)
  const run = loaded.ok ? await dryRunHere(loaded.value.dag, paramsOf(invocation), dirname(path)) : loaded
  if (!loaded.ok || !run.ok) {
    const problems = run.ok ? [] : run.error
    if (invocation.json) process.stdout.write(`${JSON.stringify({ valid: false, problems })}\n`)
    else for (const line of problemLines(path, problems, invocation.style)) process.stderr.write(`${line}\n`)
    return EXIT.failed
  }
  const { dag } = loaded.value
  const head = { name: dag.name, type: dag.type }
  say(invocation, dryLines(head, run.value, invocation.style).join('\n'), { valid: true, dag, ...run.value })
  return EXIT.ok
}

/** As its server would run it: values that only the runner has stay as they are written. */
async function dryStored(name: string, invocation: Invocation): Promise<number> {
  const params = paramsOf(invocation)
  const { client } = await server(invocation)
  const path = `/dags/${encodeURIComponent(name)}/dry-run`
  const body: Bodies['POST /dags/{fileName}/dry-run'] = params === undefined ? {} : { params }
  const run = await client.post<DryRunAnswer>(path, body)
  const lines = dryLines({ name: run.dagName, type: 'stored' }, run, invocation.style)
  say(invocation, lines.join('\n'), { valid: true, ...run })
  return EXIT.ok
}

async function push(invocation: Invocation): Promise<number> {
  const dir = resolve(only(invocation, 'a folder', 'push'))
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw usage(`${dir} is not a folder`)
  const files = readdirSync(dir)
    .filter(isDagFile)
    .map(name => ({ fileName: nameOf(name), spec: readDagFile(join(dir, name)) }))
    .map(file => ({ ...file, files: readSchemaFiles(file.spec, file.fileName, dir) }))
  const broken = files.flatMap(f => {
    const loaded = loadDags(f.spec, { fileName: f.fileName, files: f.files })
    return loaded.ok ? [] : problemLines(join(dir, `${f.fileName}.yaml`), loaded.error, invocation.style)
  })
  if (broken.length > 0 && !invocation.values.force) {
    for (const line of broken) process.stderr.write(`${line}\n`)
    process.stderr.write('nothing was pushed; mend the files, or push them all the same with --force\n')
    return EXIT.failed
  }
  const { client, kind } = await connect({
    embed: 'no',
    ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}),
  })
  const thisHost = kind === 'remote' ? hostname() : 'local'
  const runner = typeof invocation.values.runner === 'string' ? invocation.values.runner : thisHost
  await client.post('/source/sync', { runner, dir, files, removed: [] } satisfies Bodies['POST /source/sync'])
  process.stdout.write(
    invocation.json
      ? `${JSON.stringify({ pushed: files.map(f => f.fileName) })}\n`
      : `pushed ${files.length} DAGs from ${dir}\n`,
  )
  return EXIT.ok
}

export const validateCommand: Command = {
  name: 'validate',
  synopsis: 'validate FILE|DIR...',
  summary: 'check DAG files and say every problem with line and hint',
  options: {},
  examples: [
    ['edgedag validate backup.yaml', 'one file'],
    ['edgedag validate dags/', 'all files of a folder; exit code 2 where one does not load'],
  ],
  run: validate,
}

export const dryCommand: Command = {
  name: 'dry',
  synopsis: 'dry FILE|NAME [-p PARAMS] [-- PARAMS...]',
  summary: 'show what would run, without running it',
  options: { params: { type: 'string', short: 'p', value: 'TEXT', help: 'parameters' } },
  examples: [['edgedag dry backup.yaml -- HOST=db1', 'with the values that would count']],
  run: dry,
}

export const pushCommand: Command = {
  name: 'push',
  synopsis: 'push DIR [--runner NAME] [--force]',
  summary: 'send the DAG files of a folder to the server',
  options: {
    runner: { type: 'string', value: 'NAME', help: 'runner on whose disk the folder is (this host)' },
    force: { type: 'boolean', help: 'push broken files too' },
  },
  examples: [['edgedag push dags/', 'all that load; broken ones are named and left out']],
  run: push,
}
