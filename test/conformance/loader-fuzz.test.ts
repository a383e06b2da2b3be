// The loader against files that somebody broke: no crash, no hang, no flood of memory.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDags } from '@edgedag/core/spec/load'
import { readDagMetadata } from '@edgedag/core/spec/metadata'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadCases } from './case-file.ts'
import { isNightly, randomOf, randomValue } from './random-values.ts'

const RUNS = isNightly ? 1_000_000 : 10_000

const reference = (name: string): string[] =>
  Object.values(
    parse(readFileSync(join(import.meta.dirname, `../../scripts/reference/${name}.yaml`), 'utf8')) as Record<
      string,
      { example?: string }
    >,
  ).flatMap(doc => doc.example ?? [])

const FILES = [
  ...loadCases([join(import.meta.dirname, 'cases')]).flatMap(c => c.dags ?? []),
  ...['root', 'step', 'blocks'].flatMap(reference),
]

type Random = (below: number) => number

const TOKENS = [
  'steps:',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|\n',
  '&a ',
  '*a',
  '---\n',
  '!!map ',
  '? ',
  '<<: *a',
  '\t',
  '# ',
  'null',
  'true',
  '0x1F',
  '-1',
  '1e999',
  '${',
  '`',
  '\u0000',
  '\ud800',
]

function mutate(text: string, next: Random): string {
  const at = next(text.length + 1)
  const to = Math.min(text.length, at + 1 + next(12))
  const lines = text.split('\n')
  const line = next(lines.length)
  switch (next(9)) {
    case 0:
      return text.slice(0, at) + text.slice(to)
    case 1:
      return text.slice(0, at) + TOKENS[next(TOKENS.length)] + text.slice(at)
    case 2:
      return text.slice(0, at) + randomValue(next) + text.slice(at)
    case 3:
      return text.slice(0, at) + text.slice(at, to).repeat(1 + next(50)) + text.slice(to)
    case 4:
      return lines.toSpliced(line, 1).join('\n')
    case 5:
      return lines.toSpliced(line, 0, lines[next(lines.length)] ?? '').join('\n')
    case 6:
      return lines.with(line, ' '.repeat(next(8)) + (lines[line] ?? '')).join('\n')
    case 7:
      return `${text}\n---\n${FILES[next(FILES.length)]}`
    default:
      return text.slice(0, at)
  }
}

describe('the loader', () => {
  it(`takes ${RUNS} broken files: each loads or has problems, within a second of CPU`, { timeout: 3_600_000 }, () => {
    const next = randomOf(4711)
    const before = process.memoryUsage().heapUsed
    let [loadedFiles, slowest, most] = [0, 0, 0]
    for (let i = 0; i < RUNS; i++) {
      let text = FILES[next(FILES.length)] ?? ''
      for (let n = 1 + next(4); n > 0; n--) text = mutate(text, next)
      const from = process.threadCpuUsage()
      const loaded = loadDags(text, {
        fileName: 'x.yaml',
        base: i % 4 === 0 ? mutate(text, next) : '',
        lint: { nowMs: 0 },
      })
      readDagMetadata(text, 'x.yaml')
      const { user, system } = process.threadCpuUsage(from)
      const ms = (user + system) / 1_000
      if (ms > slowest) slowest = ms
      if (loaded.ok) loadedFiles++
      else expect(loaded.error.length, text).toBeGreaterThan(0)
      if (i % 500 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before)
    }
    // Both sides of the fence were visited.
    expect(loadedFiles).toBeGreaterThan(RUNS / 20)
    expect(loadedFiles).toBeLessThan(RUNS * 0.95)
    expect(slowest).toBeLessThan(1_000)
    expect(most).toBeLessThan(200 * 1024 * 1024)
  })
})
