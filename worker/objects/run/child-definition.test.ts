import { loadDags } from '@edgedag/core/spec/load'
import { workspaceOfLabels } from '@edgedag/core/spec/workspace'
import { describe, expect, it } from 'vitest'
import { childDefinition } from './child-definition.ts'

const dagOf = (yaml: string) => {
  const loaded = loadDags(yaml, { fileName: 'file.yaml' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value.dag
}
const PARENT = (labels: string, local: string) => `
labels: ${labels}
steps: [{ name: go, call: kid }]
---
name: kid
${local}
steps: [{ name: a, command: "true" }]
`

describe('the workspace of what is called', () => {
  it.each([
    ['a document without one', '[workspace=ops, nightly]', '', 'ops', ['workspace=ops']],
    [
      'a document that names another',
      '[workspace=ops]',
      'labels: [workspace=finance, x]',
      'ops',
      ['x', 'workspace=ops'],
    ],
    ['a document that names one below a file that has none', '[nightly]', 'labels: [workspace=finance]', null, []],
  ])('is that of the file: %s', (_, labels, local, workspace, all) => {
    const parent = dagOf(PARENT(labels, local))
    const { dag } = childDefinition(parent, 'go', parent.localDags[0]!)
    expect(workspaceOfLabels(dag.labels)).toBe(workspace)
    expect(dag.labels).toEqual(all)
  })

  it('is the caller’s for a file that is called by its path, and its own for a stored DAG', () => {
    const parent = dagOf(PARENT('[workspace=ops]', ''))
    const other = dagOf('name: other\nlabels: [workspace=finance]\nsteps: [{ name: a, command: "true" }]')
    expect(workspaceOfLabels(childDefinition(parent, 'go', other).dag.labels)).toBe('ops')
    expect(workspaceOfLabels(childDefinition(parent, 'go', other, true).dag.labels)).toBe('finance')
  })
})
