// What a host may say that a step calls. Promise: pure; a host decides no more than the definition leaves open, so that one which lies
// can neither turn a plain step into a call nor send commands of its own to other hosts.
import { isCalledPath } from '../../expr/call.ts'
import type { AgentEvent } from '../../protocol/frames.ts'
import type { Step } from '../../spec/dag.ts'

/** Text with references, substitutions or escapes: only the host knows what becomes of it. */
const isOpen = (call: string): boolean => /[$`\\]/.test(call)

/** True where the step calls, and calls this; text of a file is taken for a path only. */
export function mayCall(
  step: Step | undefined,
  { target, text }: Pick<Extract<AgentEvent, { type: 'children' }>, 'target' | 'text'>,
): boolean {
  if (step?.call === undefined) return false
  if (text !== undefined && !isCalledPath(target)) return false
  return isOpen(step.call) || step.call.trim() === target
}
