// The workspace of a DAG file: a label `workspace=<name>`. It decides which base configuration lies over the global one.

import { readDagMetadata } from './metadata.ts'

const NAME = /^[A-Za-z0-9_-]{1,64}$/

/** May this be a workspace's name? */
export const isWorkspaceName = (name: string): boolean => NAME.test(name)

/** The one valid workspace that the labels name; null where they name none, or more than one. */
export function workspaceOfLabels(labels: readonly string[]): string | null {
  const named = labels.flatMap(label => (label.startsWith('workspace=') ? [label.slice('workspace='.length)] : []))
  const names = [...new Set(named)]
  return names.length === 1 && isWorkspaceName(names[0] ?? '') ? (names[0] ?? null) : null
}

/** These labels in the workspace of others: what they say of one does not count. */
export const inWorkspaceOf = (labels: readonly string[], owner: readonly string[]): string[] => {
  const name = workspaceOfLabels(owner)
  const others = labels.filter(label => !label.startsWith('workspace='))
  return name === null ? others : [...others, `workspace=${name}`]
}

/** Workspace of a file's first document. Never throws; a text that cannot be read has none. */
export function workspaceOf(text: string): string | null {
  // Most files say nothing of the kind: they need not be read twice.
  return /workspace/i.test(text) ? workspaceOfLabels(readDagMetadata(text, 'x').labels) : null
}
