// `/dags`: every DAG with how it last went and when it runs next. Filters live in the address.
import { useEffect, useRef, useState } from 'react'
import { dagKey } from '../api/live-messages.ts'
import { Icon } from '../components/icon.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { Button, EmptyState, ErrorState, Notice, Skeleton } from '../components/ui.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { DagRow } from '../dag/dag-row.tsx'
import { DAG_SORTS, type DagSort, filterDags, labelCounts } from '../dag/filter-dags.ts'
import { NewDagDialog } from '../dag/new-dag-dialog.tsx'
import { NoDags } from '../dag/no-dags.tsx'
import { StartDialog } from '../dag/start-dialog.tsx'
import { useDagList } from '../dag/use-dag-list.ts'
import { useSearch } from '../lib/router.tsx'
import { useTitle } from '../lib/use-title.ts'

const SORT_WORDS: Record<DagSort, string> = {
  name: 'Name',
  status: 'Needs attention',
  last: 'Last run',
  next: 'Next run',
}
const SHOWN_LABELS = 12

/** Focus goes to the search field on `/`. */
function useSlash() {
  const ref = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || (event.target as HTMLElement).closest('input, textarea, select, dialog')) return
      event.preventDefault()
      ref.current?.focus()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return ref
}

export function DagsPage() {
  useTitle('DAGs')
  const { data, error, refetch, live } = useDagList()
  const [search, setSearch] = useSearch()
  const [starting, setStarting] = useState<string>()
  const [creating, setCreating] = useState(false)
  const searchField = useSlash()
  const text = search.get('q') ?? ''
  const labels = search.getAll('label')
  const sort = DAG_SORTS.find(entry => entry === search.get('sort')) ?? 'name'
  const toggleLabel = (label: string): void =>
    setSearch({ label: labels.includes(label) ? labels.filter(entry => entry !== label) : [...labels, label] })
  const shown = data ? filterDags(data.dags, { text, labels, sort }) : []
  const create = (
    <Button icon="plus" tone="primary" calls="POST /dags" onClick={() => setCreating(true)}>
      New DAG
    </Button>
  )
  const known = data ? labelCounts(data.dags) : []
  const chips = [...new Set([...labels, ...known.slice(0, SHOWN_LABELS).map(([label]) => label)])]
  return (
    <>
      <div className="page-head">
        <h1>DAGs</h1>
        {data && data.dags.length > 0 && (
          <span className="muted" role="status">
            {shown.length === data.dags.length ? data.dags.length : `${shown.length} of ${data.dags.length}`}
          </span>
        )}
        <LiveMark state={live.state} />
        <div className="page-actions">{create}</div>
      </div>
      {data && data.dags.length > 0 && (
        <div className="filters">
          <label className="search-field">
            <Icon name="search" />
            <input
              ref={searchField}
              type="search"
              placeholder="Search by name, description or label"
              aria-label="Search DAGs"
              value={text}
              onChange={event => setSearch({ q: event.target.value })}
            />
          </label>
          <label className="select-field">
            <span className="muted">Sort</span>
            <select
              value={sort}
              onChange={event => setSearch({ sort: event.target.value === 'name' ? undefined : event.target.value })}
            >
              {DAG_SORTS.map(entry => (
                <option key={entry} value={entry}>
                  {SORT_WORDS[entry]}
                </option>
              ))}
            </select>
          </label>
          {chips.length > 0 && (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame of its own
            <div className="chips" role="group" aria-label="Labels">
              {chips.map(label => (
                <button
                  type="button"
                  key={label}
                  className="label"
                  aria-pressed={labels.includes(label)}
                  onClick={() => toggleLabel(label)}
                >
                  {label}
                </button>
              ))}
            </div>
          )}
        </div>
      )}
      {data?.errors.map(message => (
        <Notice key={message} tone="bad">
          {message}
        </Notice>
      ))}
      {!data && !error && <Skeleton rows={8} />}
      {!data && error && (
        <ErrorState what="The DAGs could not be loaded" error={error} onRetry={() => void refetch()} />
      )}
      {data && data.dags.length === 0 && <NoDags />}
      {data && data.dags.length > 0 && shown.length === 0 && (
        <EmptyState
          title="No DAG matches"
          action={<Button onClick={() => setSearch({ q: undefined, label: undefined })}>Clear the filters</Button>}
        >
          <p>Nothing has these words and labels together.</p>
        </EmptyState>
      )}
      {shown.length > 0 && (
        <VirtualList className="list dag-list" items={shown} keyOf={dagKey} estimate={68} rowClass={() => 'dag-row'}>
          {item => <DagRow item={item} onStart={setStarting} onLabel={toggleLabel} />}
        </VirtualList>
      )}
      {starting !== undefined && <StartDialog file={starting} onClose={() => setStarting(undefined)} />}
      {creating && <NewDagDialog onClose={() => setCreating(false)} />}
    </>
  )
}
