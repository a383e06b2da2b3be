import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@cfworker/json-schema'
import { snakeToCamel } from '@edgedag/core/spec/fields'
import { loadDags } from '@edgedag/core/spec/load'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readBlocks } from '../../scripts/reference/docs.ts'
import { dagSchema } from '../../scripts/reference/json-schema.ts'
import { outdated } from '../../scripts/reference/main.ts'
import { loadCases } from './case-file.ts'

const blocks = readBlocks()
const validator = new Validator(JSON.parse(dagSchema(blocks)), '7', false)
const wrongsOf = (value: unknown) =>
  validator.validate(value).errors.map(error => `${error.instanceLocation} ${error.error}`)

const load = (text: string) => {
  const loaded = loadDags(/^steps:/m.test(text) ? text : `${text}\nsteps: ["true"]\n`, { fileName: 'example.yaml' })
  return loaded.ok ? [] : loaded.error
}

const ofFields = blocks.flatMap(({ name, fields }) =>
  fields.flatMap(({ key, doc }) => (doc.example === undefined ? [] : [[`${name}.${key}`, key, doc.example] as const])),
)
const ofBlocks = blocks.flatMap(({ name, example }) => (example === undefined ? [] : [[name, example] as const]))

describe('the reference', () => {
  it('is up to date: `node scripts/reference/main.ts` has nothing to write', async () => {
    expect(await outdated()).toEqual([])
  })

  it('has an example for every field of a DAG and of a step, and for every block', () => {
    const lacking = blocks.flatMap(({ name, fields, example }) =>
      ['root', 'step'].includes(name)
        ? fields.filter(({ doc }) => doc.example === undefined).map(({ key }) => `${name}.${key}`)
        : example === undefined
          ? [name]
          : [],
    )
    expect(lacking).toEqual([])
  })

  it.each(ofFields)('example of %s shows the field, loads, and fits the schema', (_name, key, example) => {
    expect(example).toMatch(new RegExp(`(^|[\\s{,-])${key}:`))
    expect(load(example)).toEqual([])
    for (const document of parseAllDocuments(example)) expect(wrongsOf(document.toJS())).toEqual([])
  })

  it.each(ofBlocks)('example of the block %s shows all its fields, loads, and fits the schema', (name, example) => {
    for (const { key } of blocks.find(block => block.name === name)!.fields)
      expect(example, key).toMatch(new RegExp(`(^|[\\s{,-])${key}:`))
    expect(load(example)).toEqual([])
    for (const document of parseAllDocuments(example)) expect(wrongsOf(document.toJS())).toEqual([])
  })
})

describe('the JSON Schema', () => {
  const files = loadCases([join(import.meta.dirname, 'cases')]).flatMap(c =>
    c.dags === undefined ? [] : [[`${c.area}/${c.case}`, c.dags, c.base ?? ''] as const],
  )

  it('accepts every file of the conformance cases that loads', () => {
    const refused = files.flatMap(([name, text, base]) => {
      if (!loadDags(text, { fileName: 'x.yaml', base }).ok) return []
      return parseAllDocuments(text).flatMap(document =>
        wrongsOf(document.toJS() ?? {})
          .slice(-1)
          .map(error => `${name}: ${error}`),
      )
    })
    expect(refused).toEqual([])
  })

  it.each([
    ['an unknown field', { stpes: [] }],
    ['a field of the wrong type', { skip_if_successful: 'yes' }],
    ['an unknown field of a step', { steps: [{ comand: 'x' }] }],
    ['an unknown word', { type: 'tree' }],
    ['a negative number of seconds', { timeout_sec: -1 }],
  ])('refuses %s', (_what, file) => {
    expect(wrongsOf(file)).not.toEqual([])
  })

  it('knows the spellings of older files', () => {
    const file = Object.fromEntries(
      ['timeout_sec', 'max_active_runs', 'hist_retention_days'].map(key => [snakeToCamel(key), 1]),
    )
    expect(wrongsOf(file)).toEqual([])
  })
})

const EXAMPLES = join(import.meta.dirname, '../../examples')

describe('the examples for new users', () => {
  it.each(readdirSync(EXAMPLES).filter(name => name.endsWith('.yaml')))('%s fits the schema', name => {
    const documents = parseAllDocuments(readFileSync(join(EXAMPLES, name), 'utf8'))
    for (const document of documents) expect(wrongsOf(document.toJS())).toEqual([])
  })
})
