// Every conformance case against the loader: what must be refused is refused with the right gist, everything else loads.

import { readdirSync, readFileSync } from 'node:fs'
import { checkStartParams } from '@edgedag/core/params/resolve'
import { loadDags } from '@edgedag/core/spec/load'
import { problemText } from '@edgedag/core/spec/report'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Case {
  case: string
  area: string
  dags?: string
  base?: string
  files?: Record<string, string>
  start?: { params?: string | Record<string, unknown> }
  expect?: { load_error?: string; start_error?: string }
  kind?: string
  field?: string
  rows?: { value: unknown; becomes?: unknown; becomes_seconds?: number; load_error?: string }[]
}

/** Refused on the host, where command substitution happens, not when the file loads. */
const REFUSED_LATER = new Map([
  ['backtick-failure-is-load-error', 'backticks in env run on the host'],
  ['eval-failure-without-default', 'eval runs on the host'],
  ['eval-result-out-of-bounds', 'eval runs on the host'],
])

const root = new URL('./cases/', import.meta.url)

const cases = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.yaml'))
  .map(path => parse(readFileSync(new URL(path, root), 'utf8')) as Case)

/** The error text of a load and of the start's parameters, or undefined where both are accepted. */
function refusal(item: Case): string | undefined {
  const loaded = loadDags(item.dags ?? '', {
    fileName: `${item.case}.yaml`,
    ...(item.base === undefined ? {} : { base: item.base }),
    files: item.files ?? {},
  })
  const checked = loaded.ok ? checkStartParams(loaded.value.dag, item.start?.params) : loaded
  return checked.ok ? undefined : checked.error.map(problemText).join('; ')
}

const runs = cases.filter(item => typeof item.dags === 'string')
const refused = runs.filter(item => item.expect?.load_error !== undefined && !REFUSED_LATER.has(item.case))

describe('conformance cases', () => {
  it.each(refused.map(item => [`${item.area}/${item.case}`, item] as const))(
    '%s is refused for the reason it gives',
    (_, item) => {
      expect(refusal(item)).toMatch(new RegExp(item.expect?.load_error ?? '', 'i'))
    },
  )

  it('every other case loads and its start is accepted', () => {
    const others = runs.filter(item => !refused.includes(item) && item.expect?.start_error === undefined)
    const failures = others.flatMap(item => {
      const text = refusal(item)
      return text === undefined ? [] : [`${item.area}/${item.case}: ${text}`]
    })
    expect(failures).toEqual([])
    expect(others.length).toBeGreaterThan(300)
  })

  it('a start that brings locked parameters is refused', () => {
    const item = runs.find(candidate => candidate.case === 'run-config-params-locked')
    expect(item && refusal(item)).toMatch(/param/)
  })
})
