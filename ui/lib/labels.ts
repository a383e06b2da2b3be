// Labels as people type them.
import { err, ok, type Result } from '@edgedag/core/result'

/** Reads `name=value, name=value`; a later one of the same name wins. The error says which part is none. */
export function parseLabels(text: string): Result<Record<string, string>, string> {
  const labels: Record<string, string> = {}
  for (const part of text.split(/[,\n]/).map(entry => entry.trim())) {
    if (part === '') continue
    const at = part.indexOf('=')
    if (at <= 0) return err(`“${part}” is no label: write name=value`)
    labels[part.slice(0, at).trim()] = part.slice(at + 1).trim()
  }
  return ok(labels)
}

const WORKSPACE = 'workspace='

/** The workspaces that DAGs say they belong to. */
export const workspacesOf = (labels: readonly string[]): string[] =>
  labels.filter(label => label.startsWith(WORKSPACE)).map(label => label.slice(WORKSPACE.length))
