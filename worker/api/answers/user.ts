// Who is signed in.
import { z } from '@hono/zod-openapi'

/** There are no grants by workspace: a role holds everywhere. */
export const WorkspaceAccessJson = z
  .object({ all: z.boolean(), grants: z.array(z.unknown()) })
  .openapi('WorkspaceAccess')

export const UserJson = z
  .object({
    id: z.string(),
    username: z.string(),
    role: z.string(),
    authProvider: z.string(),
    workspaceAccess: WorkspaceAccessJson,
  })
  .openapi('User')
