// `npm test`: every check there is, in order of cost, each against what was really built. Prints what was skipped and why;
// a skip that nobody declared fails. Ends with one line of totals.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildAll, dist, root } from './build.ts'

interface Outcome {
  passed: number
  failed: number
  skipped: number
  /** Why something did not run; each must be declared by the stage itself. */
  reasons?: string[]
}

interface Stage {
  name: string
  run(): Promise<Outcome>
}

const only = process.argv.slice(2)

function execute(args: string[], env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      cwd: root,
      env: { ...process.env, ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        output += data
      })
    }
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}

/** A command that has only one result. */
async function check(args: string[]): Promise<Outcome> {
  const { code, output } = await execute(args)
  if (code !== 0) process.stdout.write(output)
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

/** A vitest project; its counts come from the JSON report. */
async function vitest(project: string): Promise<Outcome> {
  mkdirSync(join(dist, 'reports'), { recursive: true })
  const file = join(dist, 'reports', `${project}.json`)
  rmSync(file, { force: true })
  const { code, output } = await execute([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    '--reporter=json',
    `--outputFile.json=${file}`,
    '--reporter=default',
  ])
  if (!existsSync(file)) {
    process.stdout.write(output)
    return { passed: 0, failed: 1, skipped: 0 }
  }
  const report = JSON.parse(readFileSync(file, 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
    numTodoTests: number
    numFailedTestSuites: number
  }
  const failed = Math.max(
    report.numFailedTests,
    code !== 0 && report.numFailedTests === 0 ? Math.max(1, report.numFailedTestSuites) : 0,
  )
  if (failed > 0) process.stdout.write(output)
  // A file that cannot run here prints `skipped: WHAT: WHY (N tests)`; only so many may be missing.
  const declared = [...output.matchAll(/^skipped: (.*) \((\d+) tests?\)$/gm)]
  const skipped = declared.reduce((sum, match) => sum + Number(match[2]), 0)
  const unexpected = Math.max(0, report.numPendingTests + report.numTodoTests - skipped)
  if (unexpected > 0)
    process.stdout.write(`${unexpected} tests of ${project} were skipped without a declared reason\n${output}`)
  return {
    passed: report.numPassedTests,
    failed: failed + unexpected,
    skipped,
    reasons: declared.map(match => match[1] ?? ''),
  }
}

/** A program of ours that closes with `N passed, N failed, N skipped` and prints a line `skipped: WHAT: WHY` for each skip. */
async function program(args: string[]): Promise<Outcome> {
  const { code, output } = await execute(args)
  const closing = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output)
  const reasons = [...output.matchAll(/^skipped: (.*)$/gm)].map(m => m[1] ?? '')
  if (code !== 0 || !closing) process.stdout.write(output)
  if (!closing) return { passed: 0, failed: 1, skipped: 0 }
  const outcome = { passed: Number(closing[1]), failed: Number(closing[2]), skipped: Number(closing[3] ?? 0), reasons }
  if (code !== 0 && outcome.failed === 0) outcome.failed = 1
  if (outcome.skipped > 0 && reasons.length === 0) outcome.failed += 1
  return outcome
}

async function build(): Promise<Outcome> {
  await buildAll(line => process.stdout.write(`  ${line}\n`))
  return { passed: 1, failed: 0, skipped: 0 }
}

const STAGES: Stage[] = [
  { name: 'lint', run: () => check(['node_modules/@biomejs/biome/bin/biome', 'check', '.']) },
  { name: 'types', run: () => check(['node_modules/typescript/bin/tsc', '--build']) },
  { name: 'build', run: build },
  { name: 'unit', run: () => vitest('unit') },
  { name: 'workerd', run: () => vitest('workerd') },
  { name: 'simulator', run: () => program(['test/simulator/main.ts', '--runs', '10000']) },
  { name: 'e2e', run: () => vitest('e2e') },
  { name: 'chaos', run: () => vitest('chaos') },
  { name: 'conformance', run: () => program(['test/conformance/main.ts']) },
]

const total: Outcome = { passed: 0, failed: 0, skipped: 0 }
for (const stage of STAGES) {
  if (only.length > 0 && !only.includes(stage.name)) continue
  const from = performance.now()
  const outcome = await stage.run().catch((error: Error & { stderr?: string }) => {
    process.stdout.write(`${error.stderr || error.stack}\n`)
    return { passed: 0, failed: 1, skipped: 0 } as Outcome
  })
  const seconds = ((performance.now() - from) / 1000).toFixed(1)
  process.stdout.write(
    `${outcome.failed === 0 ? '✓' : '✕'} ${stage.name.padEnd(12)} ${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped  (${seconds} s)\n`,
  )
  for (const reason of outcome.reasons ?? []) process.stdout.write(`    skipped: ${reason}\n`)
  total.passed += outcome.passed
  total.failed += outcome.failed
  total.skipped += outcome.skipped
  // What does not compile or build makes everything behind it meaningless.
  if (outcome.failed > 0 && ['types', 'build'].includes(stage.name)) break
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed > 0 ? 1 : 0
