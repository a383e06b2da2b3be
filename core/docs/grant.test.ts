import { expect, it } from 'vitest'
import { ALL_DOCS, type DocsGrant, mayUseDoc } from './grant.ts'

const names = new Set(['ops', 'lab'])
const may = (grant: DocsGrant, id: string) =>
  (['read', 'write'] as const).filter(how => mayUseDoc(grant, id, how, names)).join('+')

it('reaches everything unless told otherwise', () => {
  expect(may(ALL_DOCS, 'ops/a')).toBe('read+write')
})

it('does no more than read where it may only read, and nothing where it is given none', () => {
  expect(may({ access: 'read' }, 'a')).toBe('read')
  expect(may({ access: 'none' }, 'a')).toBe('')
})

it('reaches documents of its workspaces alone, `default` being those of none', () => {
  const ids = ['ops/a', 'lab/a', 'guide/a', 'a', 'ops', 'opsx/a', 'default/a']
  const of = (workspaces: string[]) => ids.filter(id => may({ access: 'write', workspaces }, id) !== '')
  expect(of(['ops'])).toEqual(['ops/a'])
  expect(of(['default'])).toEqual(['guide/a', 'a', 'ops', 'opsx/a', 'default/a'])
  expect(of(['ops', 'default'])).toEqual(['ops/a', 'guide/a', 'a', 'ops', 'opsx/a', 'default/a'])
  expect(of([])).toEqual([])
})
