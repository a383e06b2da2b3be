import { expect, test } from 'vitest'
import { parseLabels, workspacesOf } from './labels.ts'

test.each([
  ['', {}],
  ['gpu=true', { gpu: 'true' }],
  [' a = 1 , b=x=y,\nc=', { a: '1', b: 'x=y', c: '' }],
  ['a=1,a=2', { a: '2' }],
])('%j is read as labels', (text, labels) => {
  expect(parseLabels(text)).toEqual({ ok: true, value: labels })
})

test.each(['gpu', '=x', 'a=1, gpu'])('%j says which part is no label', text => {
  expect(parseLabels(text)).toMatchObject({ ok: false, error: expect.stringContaining('is no label') })
})

test('the workspaces of DAGs are those that their labels name', () => {
  expect(workspacesOf(['team=data', 'workspace=ops', 'workspace=finance'])).toEqual(['ops', 'finance'])
})
