// Every YAML block of the documents that the format is defined by: it loads, or what is wrong with it is said.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDags } from '@edgedag/core/spec/load'
import { describe, expect, it } from 'vitest'

/** A line that may belong to a YAML text: indented, a comment, an item, a key in small letters, a document's end. */
const YAML_LINE = /^(\s|#|- |---|[a-z][A-Za-z0-9_.-]*:(?! is )(\s|$)|$)/

interface Block {
  /** File and number of the first line. */
  place: string
  text: string
}

function blocksOf(name: string): Block[] {
  const lines = readFileSync(join(import.meta.dirname, 'seeds', `${name}.txt`), 'utf8').split('\n')
  return lines.flatMap((line, i) => {
    if (!/^(```)?ya?ml$/.test(line.trim())) return []
    const end = lines.findIndex((other, n) => n > i && !YAML_LINE.test(other))
    return [{ place: `${name}:${i + 2}`, text: lines.slice(i + 1, end < 0 ? undefined : end).join('\n') }]
  })
}

/** Blocks that are no DAG files as they stand, with the words of the error and the reason. */
const REPORTED: Record<string, [gist: RegExp, why: string]> = {
  'yaml-specification:12': [/unknown step "previous_step"/, 'a sketch that names a step which it does not have'],
  'yaml-specification:75': [/document 1 has no name/, 'two files in one block'],
  'yaml-specification:106': [/duplicate key "schedule"/, 'alternatives in one block'],
  'yaml-specification:462': [/duplicate secret name "DB_PASSWORD"/, 'alternatives in one block'],
  'yaml-specification:857': [/Nested mappings/, 'a plain value with ": " in it, which YAML does not have'],
  'yaml-specification:1312': [/Nested mappings/, 'a plain value with ": " in it, which YAML does not have'],
  'yaml-specification:1324': [/duplicate key "dotenv"/, 'alternatives in one block'],
  'yaml-specification:1406': [/unknown step "validate-environment"/, 'it depends on a step without a name'],
  'special-environment-variables:107': [/not a valid id/, 'an id with a dash'],
  'special-environment-variables:162': [/Nested mappings/, 'a plain value with ": " in it, which YAML does not have'],
  'operations:87': [/unknown key "services"/, 'a compose file'],
  'operations:186': [/unknown key "logFormat"/, 'a configuration of the server'],
  'operations:216': [/duplicate key "histRetentionDays"/, 'alternatives in one block'],
}

const blocks = ['yaml-specification', 'special-environment-variables', 'operations'].flatMap(blocksOf)

describe('the documents of the format', () => {
  it('hold blocks to check', () => {
    expect(blocks.length).toBeGreaterThan(60)
    expect(Object.keys(REPORTED).filter(place => !blocks.some(block => block.place === place))).toEqual([])
  })

  it.each(blocks.map(({ place, text }) => [place, text] as const))(
    'the block at %s loads, or is reported',
    (place, text) => {
      const loaded = loadDags(text, { fileName: 'seed.yaml' })
      const expected = REPORTED[place]
      if (expected === undefined) expect(loaded.ok ? [] : loaded.error).toEqual([])
      else {
        expect(loaded.ok ? '' : loaded.error.map(problem => problem.message).join('\n')).toMatch(expected[0])
        if (!loaded.ok) expect(loaded.error[0]?.line).toBeGreaterThan(0)
      }
    },
  )
})
