// Captured outputs that hold a secret, beside what is shown of them: sealed by the host that has captured them, under the key of its
// run. Promise: whoever opens them learns which values in them nobody may see. Readers: the run's own later steps, and its parent's.
import { z } from 'zod'

/** What is inside. */
export const OpenOutputs = z.object({
  outputs: z.record(z.string(), z.string()).optional(),
  structured: z.record(z.string(), z.unknown()).optional(),
  /** Secrets that show in them; absent in what older agents have sealed. */
  secrets: z.array(z.string()).optional(),
})
export type OpenOutputs = z.infer<typeof OpenOutputs>

/** Name under which the outputs of a step are sealed. */
export const outputBinding = (runId: string, step: string): string => `output/${runId}/${step}`

/** Reads what was opened; undefined: it is something else. */
export const readOpenOutputs = (json: string): OpenOutputs | undefined => {
  try {
    return OpenOutputs.parse(JSON.parse(json))
  } catch {
    return undefined
  }
}

/** What one step of a called run has captured, and for which of the run's variables it has the last word. */
export interface SealedOutputs {
  step: string
  names: string[]
  text: string
}

/** The same as its parent's attempt is given it: open, or sealed where the Vault has no key for it. */
export const GivenOutputs = z.object({
  runId: z.string(),
  step: z.string(),
  names: z.array(z.string()),
  open: OpenOutputs.optional(),
  sealed: z.string().optional(),
})
export type GivenOutputs = z.infer<typeof GivenOutputs>

/** The variables that count, and what of them is masked: all of it where nobody has said what. */
export const countingOutputs = ({ names }: Pick<GivenOutputs, 'names'>, open: OpenOutputs) => {
  const outputs = Object.fromEntries(Object.entries(open.outputs ?? {}).filter(([name]) => names.includes(name)))
  return { outputs, secrets: open.secrets ?? Object.values(outputs) }
}
