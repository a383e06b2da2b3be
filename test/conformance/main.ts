// `npm run conformance -- [DIR ...] [--only AREA] [--json FILE] [--verbose]`: every case on a real control plane with a real agent.
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildAll } from '../../scripts/build.ts'
import { type LoadedCase, loadCases } from './case-file.ts'
import { withWorld } from './case-world.ts'
import { readExclusions } from './exclusions.ts'
import { createHosts, type Hosts } from './hosts.ts'
import { profileRules } from './profiles.ts'
import { canRunRows, runRows } from './row-cases.ts'
import { runCase } from './run-case.ts'
import { unservedKeys } from './understood.ts'

const OWN = join(import.meta.dirname, 'cases')
/** Cases of our own, for what the shared ones leave open. */
const OURS = join(import.meta.dirname, 'ours')
const SHARED = resolve(import.meta.dirname, '../../../shared/conformance')
const PARALLEL = 6
/** What this runner offers to cases; other needs are skipped by name. */
const OFFERED = new Set(['shell', 'http-server', 'smtp'])

type Result = 'passed' | 'failed' | 'skipped' | 'excluded'

interface CaseResult {
  case: string
  area: string
  result: Result
  reason: string
  /** What really differed, in a case that is excluded. */
  actual?: string
}

/** The project's copy must be the shared one, where that is at hand. */
function checkCopy(): string[] {
  if (!existsSync(SHARED)) return []
  const differing: string[] = []
  const walk = (dir: string) => {
    for (const name of readdirSync(dir)) {
      const path = join(dir, name)
      if (statSync(path).isDirectory()) walk(path)
      else {
        const copy = join(OWN, relative(SHARED, path))
        if (!existsSync(copy) || readFileSync(copy, 'utf8') !== readFileSync(path, 'utf8'))
          differing.push(relative(SHARED, path))
      }
    }
  }
  walk(SHARED)
  return differing
}

/** What differs in a case; empty means passed. */
async function differences(source: LoadedCase, hosts: Hosts): Promise<string[]> {
  if (source.kind === 'profile_rules') return hosts.with(source, ({ host }) => profileRules(source, host.client))
  if (source.kind && !canRunRows(source.kind)) return [`rows of kind ${source.kind} are not served by this runner`]
  if (source.kind) return runRows(source)
  return withWorld(source, world => hosts.with(world.c, place => runCase(world, place)))
}

async function runOne(c: LoadedCase, hosts: Hosts): Promise<Omit<CaseResult, 'case' | 'area'>> {
  if (c.unreadable !== undefined) return { result: 'failed', reason: c.unreadable }
  const lacking = (c.needs ?? []).filter(need => !OFFERED.has(need))
  if (lacking.length > 0) return { result: 'skipped', reason: `needs ${lacking.join(', ')}` }
  const unserved = unservedKeys(c)
  if (unserved.length > 0)
    return { result: 'failed', reason: `keys not served by this runner yet: ${unserved.join(', ')}` }
  const found = await differences(c, hosts)
  return { result: found.length === 0 ? 'passed' : 'failed', reason: found.join('; ') }
}

async function runAll(cases: LoadedCase[], hosts: Hosts): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  const waiting = [...cases]
  const lane = async () => {
    for (let c = waiting.shift(); c !== undefined; c = waiting.shift()) {
      const outcome = await runOne(c, hosts).catch((error: Error) => ({
        result: 'failed' as const,
        reason: error.message,
      }))
      results.push({ case: c.case, area: c.area, ...outcome })
      if (process.stderr.isTTY) process.stderr.write(`\r${results.length}/${cases.length} `)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, lane))
  return results.sort((a, b) => (a.area + a.case < b.area + b.case ? -1 : 1))
}

/** Applies the project's exclusions: an excluded failure is no failure, an excluded pass is one. */
function applyExclusions(results: CaseResult[], exclusions: Map<string, string>): CaseResult[] {
  return results.map(r => {
    const reason = exclusions.get(r.case)
    if (reason === undefined || r.result === 'skipped') return r
    if (r.result === 'passed')
      return { ...r, result: 'failed' as const, reason: 'it passes, but exclusions.yaml lists it: take it out' }
    return { ...r, result: 'excluded' as const, reason, actual: r.reason }
  })
}

function printTable(results: CaseResult[]): void {
  const areas = [...new Set(results.map(r => r.area))]
  process.stdout.write(`${'area'.padEnd(16)} passed  failed excluded skipped\n`)
  for (const area of areas) {
    const count = (result: Result) =>
      String(results.filter(r => r.area === area && r.result === result).length).padStart(7)
    process.stdout.write(
      `${area.padEnd(16)}${count('passed')} ${count('failed')}  ${count('excluded')} ${count('skipped')}\n`,
    )
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      update: { type: 'boolean' },
      verbose: { type: 'boolean' },
    },
  })
  if (values.update) cpSync(SHARED, OWN, { recursive: true })
  const own = positionals.length === 0
  const differing = own ? checkCopy() : []
  const areas = values.only?.flatMap(word => word.split(','))
  const all = loadCases(own ? [OWN, OURS] : positionals.map(p => resolve(p)))
  const cases = areas ? all.filter(c => areas.includes(c.area) || areas.includes(c.case)) : all
  const exclusions = readExclusions(join(import.meta.dirname, 'exclusions.yaml'))
  await buildAll(line => process.stderr.write(`edgedag: ${line}\n`))
  const hosts = createHosts()
  const results = await runAll(cases, hosts).finally(() => hosts.close())
  const shown = own ? applyExclusions(results, exclusions) : results
  printTable(shown)
  for (const r of shown.filter(r => r.result === 'failed'))
    process.stdout.write(`failed: ${r.area}/${r.case}: ${r.reason}\n`)
  for (const r of shown.filter(r => values.verbose && r.actual !== undefined))
    process.stdout.write(`excluded: ${r.area}/${r.case}: ${r.actual}\n`)
  for (const r of shown.filter(r => r.result === 'skipped'))
    process.stdout.write(`skipped: ${r.area}/${r.case}: ${r.reason}\n`)
  for (const file of differing)
    process.stdout.write(`failed: the copy of ${file} is not the shared one (npm run conformance -- --update)\n`)
  const count = (...wanted: Result[]) => shown.filter(r => wanted.includes(r.result)).length
  // A known gap is a failure of the language, not of the build: it is counted as skipped here and named in the table.
  const totals = {
    passed: count('passed'),
    failed: count('failed') + differing.length,
    skipped: count('skipped', 'excluded'),
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...totals, cases: shown }, null, 2)}\n`)
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`)
  return totals.failed > 0 ? 1 : 0
}

process.exitCode = await main()
