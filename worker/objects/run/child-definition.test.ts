import { laneOf } from '@edgedag/core/run/lane'
import { Cluster } from '@edgedag/core/run/testing/cluster'
import { loadDags } from '@edgedag/core/spec/load'
import { workspaceOfLabels } from '@edgedag/core/spec/workspace'
import { describe, expect, it } from 'vitest'
import { childDefinition, childSpec } from './child-definition.ts'

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

describe('where what is called runs', () => {
  const parent = dagOf(`
worker_selector: { zone: b }
steps: [{ name: a, command: "true" }, { name: go, call: kid }]
---
name: kid
steps: [{ name: deep, call: grandkid }]
---
name: grandkid
steps: [{ name: a, command: "true" }]
`)
  const kid = childDefinition(parent, 'go', parent.localDags.find(dag => dag.name === 'kid')!)
  const order = { id: 'k', attempt: 1, params: '', step: 'go', dag: { kind: 'local', name: 'kid' } } as const
  const home = { runnerId: 'home', hostname: 'h', isPrepared: true }

  it.each([
    ['at home', { runnerId: 'home' }],
    ['elsewhere', { place: 'zone=b', runnerId: 'other', places: { '': home } }],
    ['on its way', { place: 'zone=b', runnerId: null, places: { '': home } }],
  ])('is its caller’s home, while that is %s', (_, at) => {
    const { head, ...rest } = new Cluster(parent).accept().state!
    const where = { now: 0, mainInstance: 'runner', executionMode: 'local' } as const
    const spec = childSpec({ ...rest, head: { ...head, ...at } }, order, kid, where)
    expect(spec.ok && spec.value.parent?.runnerId).toBe('home')
    expect(spec.ok && laneOf(kid.dag, spec.value).at).toBe('runner')
  })
})
