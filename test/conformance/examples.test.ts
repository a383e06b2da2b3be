import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDags } from '@edgedag/core/spec/load'
import { describe, expect, it } from 'vitest'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const files = readdirSync(EXAMPLES).filter(name => name.endsWith('.yaml'))
const read = (name: string) => readFileSync(join(EXAMPLES, name), 'utf8')

describe('the examples for new users', () => {
  it.each(files)('%s loads without a problem or a warning, and is named as its file', name => {
    const loaded = loadDags(read(name), { fileName: name.replace('.yaml', ''), lint: { nowMs: 0 } })
    expect(loaded.ok ? loaded.value.warnings : loaded.error).toEqual([])
    expect(loaded.ok && loaded.value.dag.name).toBe(name.replace('.yaml', ''))
  })

  it.each(files)('%s begins with a comment of what to look at, and has a description', name => {
    expect(read(name)).toMatch(/^# \S.{20,}\n/)
    expect(read(name)).toMatch(/^description: \S/m)
  })
})
