// Which documents the credential of a runner reaches. Pure.

/** In a list of workspaces: the documents of none. */
export const NO_WORKSPACE = 'default'

export interface DocsGrant {
  access: 'none' | 'read' | 'write'
  /** Workspaces whose documents it gets; absent: all documents. */
  workspaces?: string[]
}

/** Runners that were enrolled before there was a choice, and those of which nothing else was said. */
export const ALL_DOCS: DocsGrant = { access: 'write' }

/** `names`: those that are workspaces; the first folder of a document's id says whose it is. */
export function mayUseDoc(
  grant: DocsGrant,
  id: string,
  how: 'read' | 'write',
  names: ReadonlySet<string> = new Set(),
): boolean {
  if (grant.access !== 'write' && grant.access !== how) return false
  if (grant.workspaces === undefined) return true
  const [folder = '', ...rest] = id.split('/')
  const isInFolder = rest.length > 0
  if (isInFolder && folder !== NO_WORKSPACE && grant.workspaces.includes(folder)) return true
  return grant.workspaces.includes(NO_WORKSPACE) && !(isInFolder && names.has(folder))
}
