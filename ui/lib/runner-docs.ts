// Which documents a runner gets, as people choose and read it. Pure.
import type { Worker } from '@edgedag/core/api/generated/answers'

type Docs = Worker['docs']

/** As it stands in a form. */
export interface DocsChoice {
  access: Docs['access']
  typed: string
}

export const choiceOf = ({ access, workspaces = [] }: Docs): DocsChoice => ({ access, typed: workspaces.join(', ') })

/** Names of workspaces as typed: `ops, default`; none: all documents. */
export const docsOf = ({ access, typed }: DocsChoice): Docs => {
  const workspaces = typed.split(/[\s,]+/).filter(name => name !== '')
  return access === 'none' || workspaces.length === 0 ? { access } : { access, workspaces }
}

export const docsText = ({ access, workspaces }: Docs): string => {
  if (access === 'none') return 'Gets no documents'
  const which = workspaces === undefined ? 'all documents' : `documents of ${workspaces.join(', ')}`
  return `${access === 'write' ? 'Reads and writes' : 'Reads'} ${which}`
}
