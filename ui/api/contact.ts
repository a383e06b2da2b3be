// Whether the control plane answers, as the last call found it. Promise: whoever listens hears of every change once.

let lost = false
const listeners = new Set<() => void>()

/** Told by every call: any answer is contact, a refusal too; answers of what stands before the control plane are none. */
export function noteContact(isThere: boolean): void {
  if (lost === !isThere) return
  lost = !isThere
  for (const listener of listeners) listener()
}

export const isContactLost = (): boolean => lost

/** @returns how to stop listening */
export function onContact(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
