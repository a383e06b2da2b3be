// What a step hands on that holds a secret: captured values, and parameters of the runs that it calls. Promise: what is told of them is
// masked, and beside it they are sealed for those who may have them.
import type { ChildItem } from '../expr/call-events.ts'
import { type Mask, maskOf, secretsIn } from '../redact/mask.ts'
import { type OpenOutputs, outputBinding } from './sealed-outputs.ts'
import { type OpenParams, paramsBinding } from './sealed-params.ts'
import type { Sealer } from './sealer.ts'

/** A run as far as it hides something. */
export interface Hiding {
  runId: string
  /** All values of the run that nobody may see. */
  secrets: readonly string[]
  /** Absent: the run has no secrets, or no key. */
  sealer?: Sealer | undefined
}

export interface Captured {
  outputs?: Record<string, string>
  structured?: Record<string, unknown>
}

/** Captured values as they are told of; the same object where nothing has to be hidden. */
export const hideCaptured = (
  captured: Captured,
  step: string,
  { runId, secrets, sealer }: Hiding,
  mask: Pick<Mask, 'deep'>,
): { shown: Captured; sealed?: string } => {
  const text = JSON.stringify(captured)
  const shown = mask.deep(captured) as Captured
  if (JSON.stringify(shown) === text) return { shown: captured }
  if (sealer === undefined) return { shown }
  const inside: OpenOutputs = { ...captured, secrets: secretsIn(text, secrets) }
  return { shown, sealed: sealer.seal(JSON.stringify(inside), outputBinding(runId, step)) }
}

/** What is told of a child's parameters: as they are where they hold no secret. */
export const childItems = (step: string, { runId, secrets, sealer }: Hiding): ((params: string) => ChildItem) => {
  const mask = maskOf(secrets)
  const binding = paramsBinding({ runId, step })
  return params => {
    const shown = mask.text(params)
    if (shown === params || sealer === undefined) return { params: shown }
    const inside: OpenParams = { text: params, secrets: secretsIn(params, secrets) }
    return {
      params: shown,
      sealed: { text: sealer.seal(JSON.stringify(inside), binding), tags: sealer.tags(params, binding) },
    }
  }
}

/** Why a target may not be called; undefined: it holds no secret. */
export const hiddenTarget = (target: string, mask: Pick<Mask, 'text'>): string | undefined =>
  mask.text(target) === target
    ? undefined
    : `call: ${mask.text(target)} holds a secret: the name of a called DAG is stored and shown`
