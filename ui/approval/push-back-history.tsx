// Earlier push-backs of a step: who, when, with what.
import type { PushBackEntry } from '../api/types.ts'
import { Time } from '../components/ui.tsx'

export function PushBackHistory({ entries }: { entries: readonly PushBackEntry[] }) {
  if (entries.length === 0) return null
  return (
    <details className="push-backs" open={entries.length <= 3}>
      <summary>Pushed back {entries.length === 1 ? 'once' : `${entries.length} times`}</summary>
      <ol>
        {entries.map(({ iteration, by, at, inputs }) => (
          <li key={iteration} value={iteration}>
            {by || 'somebody'} <Time value={at} />
            {Object.entries(inputs).map(([name, value]) => (
              <span key={name} className="given">
                <code>{name}</code> {value}
              </span>
            ))}
          </li>
        ))}
      </ol>
    </details>
  )
}
