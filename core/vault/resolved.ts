// What an attempt of a run is given by the Vault: the answer to its runner, also read by the Run for masking at the edge.
import { z } from 'zod'
import { countingOutputs, GivenOutputs } from './sealed-outputs.ts'
import { OpenParams } from './sealed-params.ts'

/** One value for the run's environment; `secret`: it is masked wherever it shows. */
export const GivenEntry = z.object({ key: z.string(), value: z.string(), secret: z.boolean() })
export type GivenEntry = z.infer<typeof GivenEntry>

/** A registry secret: its value, or where on the runner's side it is kept. */
export const GivenRef = z.union([
  z.object({ value: z.string() }),
  z.object({ provider: z.string(), key: z.string(), options: z.record(z.string(), z.string()) }),
])
export type GivenRef = z.infer<typeof GivenRef>

export const AttemptSecrets = z.object({
  /** Absent: the run has no profile. */
  profile: z.object({ name: z.string(), resolvedAt: z.number(), entries: z.array(GivenEntry) }).optional(),
  /** Global values, then those of the workspace: weaker than params and env. */
  defaults: z.array(GivenEntry),
  /** By the `ref` of the DAG's secrets. */
  refs: z.record(z.string(), GivenRef),
  /** Its sealed parameters; absent: it has none, or the Vault has no key for them. */
  params: OpenParams.optional(),
  /** Outputs of runs that it has called and that hold a secret of theirs; absent: none. */
  outputs: z.array(GivenOutputs).optional(),
  /** Keys (base64url, 32 bytes) for values that the run keeps for its later steps, newest first; none: the Vault has no key. */
  sealKeys: z.array(z.object({ id: z.string(), key: z.string() })),
})
export type AttemptSecrets = z.infer<typeof AttemptSecrets>

/** All secret values in it. */
export const secretValues = ({ profile, defaults, refs, params, outputs = [] }: AttemptSecrets): string[] => [
  ...outputs.flatMap(given => (given.open ? countingOutputs(given, given.open).secrets : [])),
  ...(params?.secrets ?? []),
  ...[...defaults, ...(profile?.entries ?? [])].flatMap(entry => (entry.secret ? [entry.value] : [])),
  ...Object.values(refs).flatMap(ref => ('value' in ref ? [ref.value] : [])),
]
