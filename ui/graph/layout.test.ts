import fc from 'fast-check'
import { expect, test } from 'vitest'
import { depths, edgePath, edgesOf, layoutGraph, NODE_HEIGHT, NODE_WIDTH } from './layout.ts'

const dag = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
  .map(parents =>
    parents.map((list, i) => ({ name: `s${i}`, depends: i === 0 ? [] : [...new Set(list.map(p => `s${p % i}`))] })),
  )

test.each(['LR', 'TB'] as const)('%s: boxes never overlap and lie inside the drawing', direction => {
  fc.assert(
    fc.property(dag, steps => {
      const { nodes, width, height } = layoutGraph(steps, direction)
      for (const [i, a] of nodes.entries()) {
        expect(a.x >= 0 && a.y >= 0 && a.x + NODE_WIDTH <= width + 1 && a.y + NODE_HEIGHT <= height + 1).toBe(true)
        for (const b of nodes.slice(i + 1))
          expect(Math.abs(a.x - b.x) < NODE_WIDTH && Math.abs(a.y - b.y) < NODE_HEIGHT).toBe(false)
      }
    }),
    { numRuns: 40 },
  )
})

test('every step stands behind all that it depends on', () => {
  fc.assert(
    fc.property(dag, steps => {
      const at = new Map(layoutGraph(steps, 'LR').nodes.map(node => [node.name, node.x]))
      for (const { from, to } of edgesOf(steps)) expect(at.get(from)).toBeLessThan(at.get(to) ?? 0)
    }),
    { numRuns: 40 },
  )
})

test('steps of one rank stand in the order of the file', () => {
  const names = ['split', ...Array.from({ length: 8 }, (_, i) => `part-${i}`)]
  const { nodes } = layoutGraph(
    names.map((name, i) => ({ name, depends: i > 0 ? ['split'] : [] })),
    'LR',
  )
  const ys = nodes.slice(1).map(node => node.y)
  expect(ys).toEqual([...ys].sort((a, b) => a - b))
})

test('the same steps are always placed alike', () => {
  const steps = [{ name: 'a' }, { name: 'b', depends: ['a'] }, { name: 'c', depends: ['a'] }]
  expect(layoutGraph(steps, 'TB')).toEqual(layoutGraph(steps, 'TB'))
})

test('a thousand steps get the layered layout, in which a chain is a line', () => {
  const steps = Array.from({ length: 1_000 }, (_, i) => ({ name: `s${i}`, depends: i > 0 ? [`s${i - 1}`] : [] }))
  const { nodes } = layoutGraph(steps, 'TB')
  expect(new Set(nodes.map(node => node.x)).size).toBe(1)
  expect(depths(steps).get('s999')).toBe(999)
})

test('unknown dependencies, repeated ones and cycles do no harm', () => {
  expect(edgesOf([{ name: 'a', depends: ['ghost', 'b', 'b'] }, { name: 'b' }])).toEqual([{ from: 'b', to: 'a' }])
  expect(
    layoutGraph(
      [
        { name: 'a', depends: ['b'] },
        { name: 'b', depends: ['a'] },
      ],
      'LR',
    ).nodes,
  ).toHaveLength(2)
})

test('an edge leaves and arrives along the direction of the graph', () => {
  expect(
    edgePath(
      [
        { x: 0, y: 0 },
        { x: 10, y: 20 },
      ],
      'LR',
    ),
  ).toBe('M0,0C5,0 5,20 10,20')
  expect(
    edgePath(
      [
        { x: 0, y: 0 },
        { x: 10, y: 20 },
      ],
      'TB',
    ),
  ).toBe('M0,0C0,10 10,10 10,20')
  expect(edgePath([], 'LR')).toBe('')
})
