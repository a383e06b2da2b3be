// `/search?q=`: DAG files, runs and lines of logs that have a text. The text lives in the address.
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { type FoundLine, type LogSearchEnd, searchDags, searchLogs, searchRuns } from '../api/search.ts'
import { Icon } from '../components/icon.tsx'
import { Button, EmptyState, ErrorState, Skeleton, Time } from '../components/ui.tsx'
import { Link, useSearch } from '../lib/router.tsx'
import { dagPath, linePath } from '../lib/url-state.ts'
import { useTitle } from '../lib/use-title.ts'
import { RunRow } from '../run/run-row.tsx'

/** The text with its hits marked; case does not count. */
function Marked({ text, q }: { text: string; q: string }) {
  const parts: { text: string; hit: boolean; at: number }[] = []
  const [low, wanted] = [text.toLowerCase(), q.toLowerCase()]
  let from = 0
  for (let at = low.indexOf(wanted); at >= 0 && wanted !== ''; at = low.indexOf(wanted, from)) {
    parts.push(
      { text: text.slice(from, at), hit: false, at: from },
      { text: text.slice(at, at + q.length), hit: true, at },
    )
    from = at + q.length
  }
  parts.push({ text: text.slice(from), hit: false, at: from })
  return (
    <>
      {parts.map(part =>
        part.hit ? <mark key={`m${part.at}`}>{part.text}</mark> : <span key={part.at}>{part.text}</span>,
      )}
    </>
  )
}

function Dags({ q }: { q: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['search', 'dags', q],
    queryFn: ({ signal }) => searchDags(q, signal),
  })
  if (error) return <ErrorState what="The DAGs could not be searched" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={2} />
  if (data.results.length === 0) return <p className="muted">No DAG file has it.</p>
  return (
    <ul className="list found prose-links">
      {data.results.map(({ fileName, name, matches: [match] }) => (
        <li key={fileName}>
          <Link href={dagPath(fileName, 'spec')}>{name}</Link>
          {match && (
            <pre className="found-lines">
              <Marked text={match.line} q={q} />
            </pre>
          )}
        </li>
      ))}
    </ul>
  )
}

function Runs({ q }: { q: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['search', 'runs', q],
    queryFn: ({ signal }) => searchRuns(q, signal),
  })
  if (error) return <ErrorState what="The runs could not be searched" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={2} />
  if (data.dagRuns.length === 0) return <p className="muted">No name, id, parameter or label of a run has it.</p>
  return (
    <ul className="list run-list">
      {data.dagRuns.map(run => (
        <li key={`${run.name}/${run.dagRunId}`} className="run-row">
          <RunRow run={run} />
        </li>
      ))}
    </ul>
  )
}

const ENDS: Record<LogSearchEnd['reason'], string> = {
  complete: 'All logs were looked at.',
  hits: 'There is more.',
  runs: 'Older runs were not looked at yet.',
  bytes: 'Older logs were not looked at yet.',
  time: 'It took long: older runs were not looked at yet.',
}

/** A called run stands below its root in addresses. */
const pathId = ({ dagRunId, subDagRunId }: FoundLine): string =>
  subDagRunId === undefined ? dagRunId : `${dagRunId}/${subDagRunId}`

function Logs({ q }: { q: string }) {
  const [lines, setLines] = useState<FoundLine[]>([])
  const [end, setEnd] = useState<LogSearchEnd>()
  const [error, setError] = useState<unknown>()
  const [cursor, setCursor] = useState<string>()
  useEffect(() => {
    const stop = new AbortController()
    if (cursor === undefined) setLines([])
    setEnd(undefined)
    setError(undefined)
    const found = (line: FoundLine): void => setLines(before => [...before, line])
    searchLogs(q, { cursor, signal: stop.signal, found }).then(setEnd, cause => {
      if (!stop.signal.aborted) setError(cause)
    })
    return () => stop.abort()
  }, [q, cursor])
  return (
    <>
      <ul className="list found prose-links">
        {lines.map(line => (
          <li key={`${pathId(line)}/${line.step}/${line.attempt}/${line.stream}/${line.lineNumber}`}>
            <Link href={linePath(line.name, pathId(line), line.step, line.stream, line.lineNumber)}>
              {line.name} · {line.subDagName && `${line.subDagName} · `}
              {line.step}
            </Link>{' '}
            <span className="muted">
              line {line.lineNumber}
              {line.stream === 'stderr' ? ' of stderr' : ''}, <Time value={line.startedAt} />
            </span>
            <pre className="found-lines">
              <Marked text={line.line} q={q} />
            </pre>
          </li>
        ))}
      </ul>
      {error !== undefined && <ErrorState what="The logs could not be searched" error={error} />}
      {!end && error === undefined && <Skeleton rows={2} />}
      {end && (
        <p className="muted">
          {lines.length === 0
            ? `No line in the logs of ${end.runs} runs. `
            : `${lines.length} line${lines.length === 1 ? '' : 's'}. `}
          {ENDS[end.reason]}{' '}
          {end.unsearched > 0 &&
            `${end.unsearched} ${end.unsearched === 1 ? 'log was' : 'logs were'} not searched to the end: on a host that does not answer, or too long. `}
          {end.nextCursor !== undefined && <Button onClick={() => setCursor(end.nextCursor)}>Go on</Button>}
        </p>
      )}
    </>
  )
}

export function SearchPage() {
  const [search, setSearch] = useSearch()
  const q = search.get('q')?.trim() ?? ''
  useTitle(q === '' ? 'Search' : `${q} · Search`)
  const [text, setText] = useState(q)
  useEffect(() => setText(q), [q])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setSearch({ q: text.trim() })
  }
  return (
    <>
      <div className="page-head">
        <h1>Search</h1>
      </div>
      <form className="filters" onSubmit={submit}>
        <label className="search-field">
          <Icon name="search" />
          <input
            type="search"
            placeholder="A text in DAG files, runs or logs"
            aria-label="Text to search for"
            value={text}
            onChange={event => setText(event.target.value)}
          />
        </label>
        <Button tone="primary" type="submit" disabled={text.trim() === ''}>
          Search
        </Button>
      </form>
      {q === '' ? (
        <EmptyState title="Search everything">
          <p>
            Names, ids, parameters and labels of runs, the text of DAG files, and the lines of stored logs, newest
            first.
          </p>
        </EmptyState>
      ) : (
        <div className="search-results">
          <h2>Runs</h2>
          <Runs q={q} />
          <h2>DAG files</h2>
          <Dags q={q} />
          <h2>Logs</h2>
          <Logs key={q} q={q} />
        </div>
      )}
    </>
  )
}
