// `/dag-runs`: all runs, newest first. Filters live in the address; new runs come in above without moving what is being pointed at.
import type { DAGRunPage } from '@edgedag/core/api/generated/answers'
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { applyListPatch, type ListFrame, type LiveFrame, runId, runKey } from '../api/live-messages.ts'
import { fetchRuns, runKeys } from '../api/runs.ts'
import type { RunSummary } from '../api/types.ts'
import { useLive } from '../api/use-live.ts'
import { Icon } from '../components/icon.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { Snippet } from '../components/snippet.tsx'
import { Button, EmptyState, ErrorState, Skeleton } from '../components/ui.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { Link, useSearch } from '../lib/router.tsx'
import { RUN_STATUS_CHOICES, STATUS_LOOKS } from '../lib/status.ts'
import { useNow } from '../lib/use-now.ts'
import { useTitle } from '../lib/use-title.ts'
import { filtersOf, matchesFilters } from '../run/run-filters.ts'
import { RunRow } from '../run/run-row.tsx'

type Pages = InfiniteData<DAGRunPage, string | undefined>

const SINCE_WORDS = {
  '': 'Any time',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
}

/** Known runs change where they stand; new ones go on top of the first page. */
function patchPages(pages: Pages, patch: { items: RunSummary[]; removed: string[] }): Pages {
  const held = new Set(pages.pages.flatMap(page => page.dagRuns.map(runKey)))
  return {
    ...pages,
    pages: pages.pages.map((page, index) => {
      const here = new Set(page.dagRuns.map(runKey))
      const items = patch.items.filter(run => here.has(runKey(run)) || (index === 0 && !held.has(runKey(run))))
      return { ...page, dagRuns: applyListPatch(page.dagRuns, { items, removed: patch.removed }, runKey, runId) }
    }),
  }
}

function useRuns(search: URLSearchParams) {
  const client = useQueryClient()
  const now = useNow(search.get('since') ? 60_000 : null)
  const filters = filtersOf(search, now / 1000)
  const key = runKeys.list(filters)
  const busy = useRef(false)
  const [waiting, setWaiting] = useState<RunSummary[]>([])
  const apply = useCallback(
    (items: RunSummary[], removed: string[]) =>
      client.setQueryData<Pages>(key, pages => (pages ? patchPages(pages, { items, removed }) : pages)),
    [client, key],
  )
  const onFrame = (raw: LiveFrame): void => {
    if (raw.type !== 'patch' && raw.type !== 'snapshot') return
    const { items = [], removed = [] } = raw as ListFrame<RunSummary>
    if (items.length + removed.length === 0) return
    // An answer that is still on its way may be older than this frame: it is asked for again.
    if (client.isFetching({ queryKey: key }) > 0) void client.invalidateQueries({ queryKey: key })
    const held = new Set(client.getQueryData<Pages>(key)?.pages.flatMap(page => page.dagRuns.map(runKey)))
    const known = items.filter(run => held.has(runKey(run)))
    const fresh = items.filter(run => !held.has(runKey(run)) && matchesFilters(run, filters))
    if (!busy.current && window.scrollY < 40) apply([...fresh, ...known], removed)
    else {
      apply(known, removed)
      if (fresh.length > 0) setWaiting(list => applyListPatch(list, { items: fresh }, runKey))
    }
  }
  const live = useLive('runs', onFrame, () => void client.invalidateQueries({ queryKey: runKeys.lists }))
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetchRuns(filters, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor || undefined,
    refetchInterval: live.refetchInterval,
  })
  const showWaiting = (): void => {
    apply(waiting, [])
    setWaiting([])
    window.scrollTo({ top: 0 })
  }
  return {
    ...list,
    live,
    waiting,
    showWaiting,
    busy,
    filtered: Object.values(filters).some(value => value !== undefined),
  }
}

function Filters({ search, setSearch }: { search: URLSearchParams; setSearch: ReturnType<typeof useSearch>[1] }) {
  const [open, setOpen] = useState(false)
  const statuses = search.getAll('status')
  const set = ['id', 'label', 'since'].filter(key => search.get(key)).length + statuses.length
  const toggle = (code: string): void =>
    setSearch({ status: statuses.includes(code) ? statuses.filter(entry => entry !== code) : [...statuses, code] })
  return (
    <div className={open ? 'filters filters-open' : 'filters'}>
      <label className="search-field">
        <Icon name="search" />
        <input
          type="search"
          placeholder="DAG name"
          aria-label="DAG name"
          value={search.get('name') ?? ''}
          onChange={event => setSearch({ name: event.target.value })}
        />
      </label>
      <Button icon="filter" className="filters-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        {set === 0 ? 'Filters' : `Filters (${set})`}
      </Button>
      <label className="search-field search-field-narrow">
        <input
          type="search"
          placeholder="Run id"
          aria-label="Run id"
          value={search.get('id') ?? ''}
          onChange={event => setSearch({ id: event.target.value })}
        />
      </label>
      <label className="search-field search-field-narrow">
        <input
          type="search"
          placeholder="Label"
          aria-label="Label"
          value={search.get('label') ?? ''}
          onChange={event => setSearch({ label: event.target.value })}
        />
      </label>
      <label className="select-field">
        <select
          aria-label="Started"
          value={search.get('since') ?? ''}
          onChange={event => setSearch({ since: event.target.value })}
        >
          {Object.entries(SINCE_WORDS).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      </label>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame of its own */}
      <div className="chips" role="group" aria-label="Status">
        {RUN_STATUS_CHOICES.map(({ code, kind }) => (
          <button
            type="button"
            key={code}
            className={`label status-${kind}`}
            aria-pressed={statuses.includes(String(code))}
            onClick={() => toggle(String(code))}
          >
            <Icon name={kind} size={13} /> {STATUS_LOOKS[kind].word}
          </button>
        ))}
      </div>
    </div>
  )
}

export function RunsPage() {
  useTitle('Runs')
  const [search, setSearch] = useSearch()
  const {
    data,
    error,
    refetch,
    hasNextPage,
    fetchNextPage,
    isFetchingNextPage,
    live,
    waiting,
    showWaiting,
    busy,
    filtered,
  } = useRuns(search)
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = end.current
    if (!element || !hasNextPage) return
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) void fetchNextPage()
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [hasNextPage, fetchNextPage])
  const runs = data?.pages.flatMap(page => page.dagRuns) ?? []
  return (
    <>
      <div className="page-head">
        <h1>Runs</h1>
        <LiveMark state={live.state} />
      </div>
      <Filters search={search} setSearch={setSearch} />
      {!data && !error && <Skeleton rows={10} />}
      {!data && error && (
        <ErrorState what="The runs could not be loaded" error={error} onRetry={() => void refetch()} />
      )}
      {waiting.length > 0 && (
        <button type="button" className="new-runs" onClick={showWaiting}>
          <Icon name="up" size={14} /> {waiting.length} new run{waiting.length === 1 ? '' : 's'}
        </button>
      )}
      {data && runs.length === 0 && filtered && (
        <EmptyState
          title="No run matches"
          action={
            <Button
              onClick={() =>
                setSearch({ name: undefined, id: undefined, label: undefined, status: undefined, since: undefined })
              }
            >
              Clear the filters
            </Button>
          }
        >
          <p>Runs that were deleted by retention are not listed.</p>
        </EmptyState>
      )}
      {data && runs.length === 0 && !filtered && (
        <EmptyState title="Nothing has run yet">
          <p>
            Start a DAG from <Link href="/dags">the list</Link>, or from a terminal:
          </p>
          <Snippet text="npx edgedag start examples/hello.yaml" what="Command" />
        </EmptyState>
      )}
      {runs.length > 0 && (
        <VirtualList
          className="list run-list"
          items={runs}
          keyOf={runKey}
          estimate={46}
          rowClass={() => 'run-row'}
          onPointerEnter={() => (busy.current = true)}
          onPointerLeave={() => (busy.current = false)}
        >
          {run => <RunRow run={run} />}
        </VirtualList>
      )}
      <div ref={end} className="list-end">
        {hasNextPage && (
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older runs
          </Button>
        )}
      </div>
    </>
  )
}
