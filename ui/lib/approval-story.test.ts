import { describe, expect, it } from 'vitest'
import { nodeOf, stepOf } from '../api/testing/answers.ts'
import type { RunNode } from '../api/types.ts'
import { afterApproval, afterPushBack, afterRejection, stepsBehind } from './approval-story.ts'

const node = (name: string, depends: string[], statusLabel: string, rewindTo?: string): RunNode =>
  nodeOf(name, statusLabel, {
    step: stepOf(name, { depends, ...(rewindTo && { approval: { prompt: '', input: [], required: [], rewindTo } }) }),
    startedAt: statusLabel === 'not_started' ? '' : '2026-01-01T00:00:00Z',
  })
const nodes = [
  node('build', [], 'succeeded'),
  node('test', ['build'], 'succeeded'),
  node('review', ['test'], 'waiting', 'build'),
  node('ship', ['review'], 'not_started'),
  node('tell', ['ship'], 'not_started'),
]

describe('what a decision means', () => {
  it('finds the steps behind a step', () => {
    expect(stepsBehind(nodes, 'review')).toEqual(['review', 'ship', 'tell'])
  })

  it('says what runs after an approval, or what else it needs', () => {
    expect(afterApproval(nodes, 'review')).toBe('Then ship runs.')
    expect(afterApproval([...nodes, node('legal', [], 'waiting')], 'review')).toBe(
      'The run goes on once legal is approved too.',
    )
    expect(afterApproval([node('last', [], 'waiting')], 'last')).toMatch(/the run then ends/)
  })

  it('says what runs again, and what never will', () => {
    expect(afterPushBack(nodes, nodes[2]!)).toMatch(/^build, test and review run again/)
    expect(afterRejection(nodes, 'review')).toMatch(/^ship and tell will not run\./)
  })
})
