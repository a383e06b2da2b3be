import { expect, test } from 'vitest'
import { fieldKind, fieldProblem, hasForm, initialValues, type ParamField, toParamsText } from './params.ts'

test.each<[ParamField, string]>([
  [{ name: 'a' }, 'text'],
  [{ name: 'a', type: 'integer' }, 'number'],
  [{ name: 'a', type: 'boolean' }, 'checkbox'],
  [{ name: 'a', type: 'string', enum: ['x'] }, 'select'],
  [{ name: 'a', type: 'object' }, 'json'],
])('%j gets a %s field', (def, kind) => {
  expect(fieldKind(def)).toBe(kind)
})

test.each<[ParamField, string, string | undefined]>([
  [{ name: 'a', required: true }, '', 'Needs a value.'],
  [{ name: 'a', required: true, default: 'x' }, '', undefined],
  [{ name: 'a', type: 'integer' }, '1.5', 'Needs a whole number.'],
  [{ name: 'a', type: 'number' }, 'x', 'Needs a number.'],
  [{ name: 'a', type: 'integer', minimum: 1 }, '0', 'At least 1.'],
  [{ name: 'a', type: 'integer', maximum: 5 }, '6', 'At most 5.'],
  [{ name: 'a', maxLength: 2 }, '👍👍👍', 'At most 2 characters.'],
  [{ name: 'a', type: 'array' }, '[1', 'Needs valid JSON.'],
  [{ name: 'a', type: 'array' }, '[1]', undefined],
])('%j with %j: %s', (def, value, problem) => {
  expect(fieldProblem(def, value)).toBe(problem)
})

test('values with spaces, quotes and newlines are sent whole', () => {
  const defs = [{ name: 'A' }, { name: 'B' }]
  expect(JSON.parse(toParamsText(defs, { A: 'two "words"\n', B: "it's" }))).toEqual({ A: 'two "words"\n', B: "it's" })
})

test('a field left empty without a default is left out, one emptied on purpose is not', () => {
  expect(toParamsText([{ name: 'A' }, { name: 'B', default: 'x' }], { A: '', B: '' })).toBe('{"B":""}')
  expect(toParamsText([{ name: 'A' }], { A: '' })).toBe('')
})

test('a form starts with the defaults and needs names', () => {
  expect(
    initialValues([
      { name: 'N', type: 'integer', default: 3 },
      { name: 'F', type: 'boolean' },
    ]),
  ).toEqual({ N: '3', F: 'false' })
  expect([hasForm([{ name: 'a' }]), hasForm([{ default: 'x' }]), hasForm([]), hasForm(undefined)]).toEqual([
    true,
    false,
    false,
    false,
  ])
})
