// Parameters of a called run that hold a secret of its parent: sealed by the host that evaluates the call, opened for the child alone.
// Promise: what travels and is stored is a masked text, a sealed one, and tags that tell equal parameters without telling them.
import { z } from 'zod'

/** Sealed texts of an event, a spec and a context at most: parameters and secrets, encrypted and in base64. */
const MAX_SEALED = 1024 * 1024
const MAX_TAGS = 32

/** What the host says of one child's parameters beside their masked text. */
export const SealedItem = z.object({
  text: z.string().max(MAX_SEALED),
  /** Keyed digests of the parameters, under each key that the host has, newest first: the identity of the child. */
  tags: z.array(z.string().max(100)).min(1).max(MAX_TAGS),
})
export type SealedItem = z.infer<typeof SealedItem>

/** What is inside. */
export const OpenParams = z.object({
  /** The params text as the call was evaluated. */
  text: z.string(),
  /** Secrets of the parent that show in it: the child masks them like its own. */
  secrets: z.array(z.string()),
})
export type OpenParams = z.infer<typeof OpenParams>

/** Name under which parameters are sealed: they open for a child of this step of this run only. */
export const paramsBinding = ({ runId, step }: { runId: string; step: string }): string => `params/${runId}/${step}`

/** Reads what was opened; undefined: it is something else. */
export const readOpenParams = (json: string): OpenParams | undefined => {
  try {
    return OpenParams.parse(JSON.parse(json))
  } catch {
    return undefined
  }
}
