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

/** The first folder of a document's id says whose it is, where that is a workspace; undefined: nobody's. */
export function workspaceOfDoc(id: string, names: ReadonlySet<string>): string | undefined {
  const [folder = '', ...rest] = id.split('/')
  return rest.length > 0 && names.has(folder) ? folder : undefined
}

/** `names`: those that are workspaces. */
export function mayUseDoc(
  grant: DocsGrant,
  id: string,
  how: 'read' | 'write',
  names: ReadonlySet<string> = new Set(),
): boolean {
  if (grant.access !== 'write' && grant.access !== how) return false
  if (grant.workspaces === undefined) return true
  const own = grant.workspaces.filter(name => name !== NO_WORKSPACE)
  if (workspaceOfDoc(id, new Set(own)) !== undefined) return true
  return grant.workspaces.includes(NO_WORKSPACE) && workspaceOfDoc(id, names) === undefined
}
