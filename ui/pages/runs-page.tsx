// `/dag-runs`: all runs, newest first. Filters live in the address; new runs come in above without moving what is being pointed at.
import type { DAGRunPage } from '@edgedag/core/api/generated/answers'
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { applyListPatch, type ListFrame, type LiveFrame, runKey } from '../api/live-messages.ts'
import { fetchRuns, runKeys } from '../api/runs.ts'
import type { RunSummary } from '../api/types.ts'
import { useLiveAnswer } from '../api/use-live-answer.ts'
import { Icon } from '../components/icon.tsx'
import { LiveMark } from '../components/live-mark.tsx'
import { Snippet } from '../components/snippet.tsx'
import { Button, EmptyState, ErrorState, Skeleton } from '../components/ui.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { Link, useSearch } from '../lib/router.tsx'
import { RUN_STATUS_CHOICES, STATUS_LOOKS } from '../lib/status.ts'
import { useNow } from '../lib/use-now.ts'
import { useTitle } from '../lib/use-title.ts'
import { heldIn, patchRunPages, type RunsPatch } from '../run/live-runs.ts'
import { filtersOf, isSameButTime, matchesFilters } from '../run/run-filters.ts'
import { RunRow } from '../run/run-row.tsx'

type Pages = InfiniteData<DAGRunPage, string | undefined>

/** Scrolled no further than this, new runs come in above. */
const AT_TOP = 40

const SINCE_WORDS = {
  '': 'Any time',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
}

function useRuns(search: URLSearchParams) {
  const client = useQueryClient()
  const now = useNow(search.get('since') ? 60_000 : null)
  const filters = filtersOf(search, now / 1000)
  const key = runKeys.list(filters)
  const matches = (run: RunSummary): boolean => matchesFilters(run, filters)
  /** Somebody points at the list: what is under the pointer stays there. */
  const busy = useRef(false)
  const [held, setHeld] = useState<readonly RunSummary[]>([])
  const pages = (): readonly DAGRunPage[] => client.getQueryData<Pages>(key)?.pages ?? []
  const show = (patch: RunsPatch, belongs: (run: RunSummary) => boolean): void =>
    void client.setQueryData<Pages>(key, data => data && { ...data, pages: patchRunPages(data.pages, patch, belongs) })
  const apply = (frame: LiveFrame): void => {
    const { items = [], removed = [] } = frame as ListFrame<RunSummary>
    const known = heldIn(pages())
    const news = applyListPatch(held, { items: items.filter(run => !known.has(runKey(run))), removed }, runKey)
    if (!busy.current && window.scrollY < AT_TOP) {
      show({ items: [...items, ...news], removed }, matches)
      setHeld([])
    } else {
      show({ items: items.filter(run => known.has(runKey(run))), removed }, busy.current ? () => true : matches)
      setHeld(news.filter(matches))
    }
  }
  const live = useLiveAnswer('runs', key, apply)
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetchRuns(filters, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor || undefined,
    refetchInterval: live.refetchInterval,
    // The list stays while its time moves on.
    placeholderData: (before, query) => (isSameButTime(query?.queryKey[1], filters) ? before : undefined),
  })
  const text = JSON.stringify(key)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list holds nothing back
  useEffect(() => setHeld([]), [text])
  const here = heldIn(list.data?.pages ?? [])
  const waiting = held.filter(run => !here.has(runKey(run)))
  const showWaiting = (): void => {
    show({ items: waiting, removed: [] }, matches)
    setHeld([])
    window.scrollTo({ top: 0 })
  }
  const point = (isThere: boolean): void => {
    busy.current = isThere
    // What stayed though it does not belong there any more.
    if (!isThere)
      show({ items: pages().flatMap(page => page.dagRuns.filter(run => !matches(run))), removed: [] }, matches)
  }
  return {
    ...list,
    live,
    waiting,
    showWaiting,
    point,
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
    point,
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
          onPointerEnter={() => point(true)}
          onPointerLeave={() => point(false)}
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
