// What an agent's socket brings in, read. Promise: a frame of another protocol gets an answer that says which version speaks what.
import { FromAgent, MIN_PROTOCOL, PROTOCOL } from '@edgedag/core/protocol/frames'

type Mismatch = { mismatch: { code: 'protocol_mismatch'; message: string; agent: string } }

/** Null: it does not parse. A hello of another protocol may look like anything else: its version is read before its shape. */
export function parseFrame(text: string): FromAgent | Mismatch | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const head = json as { type?: unknown; protocol?: unknown; version?: unknown }
  if (
    head?.type === 'hello' &&
    typeof head.protocol === 'number' &&
    (head.protocol < MIN_PROTOCOL || head.protocol > PROTOCOL)
  ) {
    const agent = `${head.protocol} (${String(head.version)})`
    const message = `the agent speaks protocol ${head.protocol}, this control plane ${MIN_PROTOCOL} to ${PROTOCOL}: update the older one`
    return { mismatch: { code: 'protocol_mismatch', message, agent } }
  }
  const parsed = FromAgent.safeParse(json)
  return parsed.success ? parsed.data : null
}
