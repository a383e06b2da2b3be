// Documents as a tree of folders. Pure.
import type { DocLine } from '@edgedag/core/docs/document'

export interface DocNode {
  id: string
  name: string
  title: string
  type: 'file' | 'directory'
  updatedAt?: string
  children?: DocNode[]
}

export type DocSort = 'name' | 'type' | 'mtime'

interface Level {
  folders: Map<string, Level>
  docs: DocLine[]
}

const emptyLevel = (): Level => ({ folders: new Map(), docs: [] })

/** Folders first unless sorted otherwise. `timeText` prints epoch ms. */
export function docTree(
  docs: readonly DocLine[],
  { sort, descending }: { sort: DocSort; descending: boolean },
  timeText: (ms: number) => string,
): DocNode[] {
  const root = emptyLevel()
  for (const doc of docs) {
    let level = root
    for (const segment of doc.id.split('/').slice(0, -1)) {
      const next = level.folders.get(segment) ?? emptyLevel()
      level.folders.set(segment, next)
      level = next
    }
    level.docs.push(doc)
  }
  const newest = new Map<DocNode, number>()
  const nodesOf = ({ folders, docs: own }: Level, prefix: string): DocNode[] => {
    const nodes: DocNode[] = []
    for (const [name, level] of folders) {
      const children = nodesOf(level, `${prefix}${name}/`)
      const node: DocNode = { id: prefix + name, name, title: name, type: 'directory', children }
      newest.set(node, Math.max(0, ...children.map(child => newest.get(child) ?? 0)))
      nodes.push(node)
    }
    for (const { id, title, updatedAt } of own) {
      const name = `${id.split('/').at(-1)}.md`
      const node: DocNode = { id, name, title, type: 'file', updatedAt: timeText(updatedAt) }
      newest.set(node, updatedAt)
      nodes.push(node)
    }
    const byName = (a: DocNode, b: DocNode) => a.name.localeCompare(b.name)
    const byType = (a: DocNode, b: DocNode) => Number(a.type === 'file') - Number(b.type === 'file') || byName(a, b)
    const byTime = (a: DocNode, b: DocNode) => (newest.get(a) ?? 0) - (newest.get(b) ?? 0) || byName(a, b)
    nodes.sort(sort === 'mtime' ? byTime : sort === 'name' ? byName : byType)
    return descending ? nodes.reverse() : nodes
  }
  return nodesOf(root, '')
}
