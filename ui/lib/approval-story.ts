// What a decision about a step means for its run, in words for the page. Pure.
import type { RunNode } from '../api/types.ts'
import { nodeStatus } from './status.ts'

/** Steps that depend on `name`, directly or not, in the order of the file; with it itself. */
export function stepsBehind(nodes: readonly RunNode[], name: string): string[] {
  const found = new Set([name])
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const { step } of nodes) if (step.depends?.some(one => found.has(one))) found.add(step.name)
  }
  return nodes.map(node => node.step.name).filter(step => found.has(step))
}

const words = (names: readonly string[]): string => {
  if (names.length === 0) return ''
  if (names.length === 1) return names[0] ?? ''
  const shown = names.slice(0, 4)
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** What follows an approval. */
export function afterApproval(nodes: readonly RunNode[], name: string): string {
  const others = nodes.filter(node => node.step.name !== name && nodeStatus(node) === 'waiting')
  if (others.length > 0)
    return `The run goes on once ${words(others.map(node => node.step.name))} ${others.length === 1 ? 'is' : 'are'} approved too.`
  const next = nodes.filter(node => node.step.depends?.includes(name)).map(node => node.step.name)
  return next.length === 0
    ? 'Nothing depends on it: the run then ends.'
    : `Then ${words(next)} ${next.length === 1 ? 'runs' : 'run'}.`
}

/** What runs again after a push-back. */
export function afterPushBack(nodes: readonly RunNode[], node: RunNode): string {
  const from = node.step.approval?.rewindTo ?? node.step.name
  const ran = stepsBehind(nodes, from).filter(name => nodes.some(one => one.step.name === name && one.startedAt !== ''))
  return `${words(ran)} ${ran.length === 1 ? 'runs' : 'run'} again with what you give, then it waits here again.`
}

/** What a rejection keeps from running. */
export function afterRejection(nodes: readonly RunNode[], name: string): string {
  const behind = stepsBehind(nodes, name).filter(step => step !== name)
  const lost = behind.length === 0 ? '' : `${words(behind)} will not run. `
  return `${lost}The run ends as rejected, and its failure and exit handlers run. A retry asks for the approval again.`
}
