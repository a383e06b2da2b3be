// The values that the steps of a run have captured.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { fetchOutputs, runKeys } from '../api/runs.ts'
import { CopyButton } from '../components/copy-button.tsx'
import { EmptyState, ErrorState, Skeleton } from '../components/ui.tsx'

/** From so many on, a field to search in them. */
const MANY = 8

/** Text as it is; JSON in lines of its own. */
export function outputText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2) ?? ''
  if (!/^\s*[[{]/.test(value)) return value
  try {
    return JSON.stringify(JSON.parse(value), null, 2)
  } catch {
    return value
  }
}

interface OutputsViewProps {
  name: string
  id: string
  /** Another one may bring others. */
  revision: string
}

export function OutputsView({ name, id, revision }: OutputsViewProps) {
  const [filter, setFilter] = useState('')
  const { data, error, refetch } = useQuery({
    queryKey: runKeys.outputs(name, id, revision),
    staleTime: 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => fetchOutputs(name, id, signal),
  })
  if (error && !data)
    return <ErrorState what="The outputs could not be loaded" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={3} />
  const all = Object.entries(data.outputs)
  if (all.length === 0)
    return (
      <EmptyState title="No outputs">
        <p>
          A step with <code>output: NAME</code> keeps what it prints under that name, for later steps and to be read
          here.
        </p>
      </EmptyState>
    )
  const words = filter.toLowerCase()
  const shown = all.filter(([key, value]) => `${key}\n${outputText(value)}`.toLowerCase().includes(words))
  return (
    <section className="card outputs" aria-label="Outputs">
      {all.length >= MANY && (
        <div className="outputs-filter">
          <input
            type="search"
            placeholder="Name or value"
            aria-label="Search outputs"
            value={filter}
            onChange={event => setFilter(event.target.value)}
          />
        </div>
      )}
      <dl>
        {shown.map(([key, value]) => (
          <div key={key} className="output">
            <dt className="mono">{key}</dt>
            <dd>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
              <pre tabIndex={0}>{outputText(value)}</pre>
              <CopyButton text={typeof value === 'string' ? value : outputText(value)} what={key} />
            </dd>
          </div>
        ))}
      </dl>
      {shown.length === 0 && <p className="muted outputs-filter">None of the {all.length} outputs has this.</p>}
    </section>
  )
}
