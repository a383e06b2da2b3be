import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCircle } from './graph.ts'

const steps = (edges: readonly (readonly number[])[]) =>
  edges.map((depends, i) => ({ name: `s${i}`, depends: depends.map(d => `s${d}`) }))

describe('findCircle', () => {
  it('finds none where every step depends on earlier ones only', () => {
    const acyclic = fc
      .integer({ min: 1, max: 30 })
      .chain(n =>
        fc.tuple(
          ...Array.from({ length: n }, (_, i) =>
            i === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(i - 1), { maxLength: 4 }),
          ),
        ),
      )
    fc.assert(
      fc.property(acyclic, edges => {
        expect(findCircle(steps(edges))).toBeUndefined()
      }),
    )
  })

  it('gives a path along real edges that returns to its start', () => {
    const any = fc
      .integer({ min: 1, max: 12 })
      .chain(n => fc.array(fc.uniqueArray(fc.nat(n - 1), { maxLength: 3 }), { minLength: n, maxLength: n }))
    fc.assert(
      fc.property(any, edges => {
        const graph = steps(edges)
        const circle = findCircle(graph)
        if (!circle) return
        expect(circle.at(0)).toBe(circle.at(-1))
        for (const [i, name] of circle.slice(0, -1).entries()) {
          expect(graph.find(step => step.name === name)?.depends).toContain(circle[i + 1])
        }
      }),
    )
  })

  it('takes five thousand steps in a row', () => {
    const row = steps(Array.from({ length: 5000 }, (_, i) => (i === 0 ? [] : [i - 1])))
    expect(findCircle(row)).toBeUndefined()
    expect(findCircle([...row.slice(1), { name: 's0', depends: ['s4999'] }])).toHaveLength(5001)
  })
})
