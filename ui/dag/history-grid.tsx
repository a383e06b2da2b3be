// The last runs of a DAG as a grid: a column a run, a row a step, so that a step that keeps failing stands out.
import type { RunDetails } from '../api/types.ts'
import { Icon } from '../components/icon.tsx'
import { Link } from '../lib/router.tsx'
import { nodeStatus, runStatus, STATUS_LOOKS } from '../lib/status.ts'
import { formatExact, formatSpan, parseTime } from '../lib/time.ts'
import { runPath } from '../lib/url-state.ts'

const COLUMNS = 30

/** Steps of the newest run first, then those that only older runs had. */
export function gridRows(runs: readonly RunDetails[]): string[] {
  return [...new Set(runs.flatMap(run => (run.nodes ?? []).map(node => node.step.name)))]
}

const startText = (run: RunDetails): string => {
  const at = parseTime(run.startedAt)
  return at === undefined ? 'not started' : formatExact(at)
}

export function HistoryGrid({ runs }: { runs: readonly RunDetails[] }) {
  const shown = runs
    .filter(run => run.nodes !== undefined)
    .slice(0, COLUMNS)
    .reverse()
  const rows = gridRows([...shown].reverse())
  if (shown.length < 2 || rows.length === 0) return null
  return (
    <div className="history card">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Step</span>
            </th>
            {shown.map(run => {
              const kind = runStatus(run)
              const text = `${startText(run)}, ${STATUS_LOOKS[kind].word}, ${formatSpan(run.startedAt, run.finishedAt, 0)}`
              return (
                <th scope="col" key={run.dagRunId}>
                  <Link
                    href={runPath(run.name, run.dagRunId)}
                    className={`cell status-${kind}`}
                    title={text}
                    aria-label={text}
                  >
                    <Icon name={kind} size={14} />
                  </Link>
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map(step => (
            <tr key={step}>
              <th scope="row" title={step}>
                {step}
              </th>
              {shown.map(run => {
                const node = run.nodes.find(entry => entry.step.name === step)
                const kind = node ? nodeStatus(node) : 'not_started'
                const text = `${step}, ${STATUS_LOOKS[kind].word}, ${startText(run)}`
                return (
                  <td key={run.dagRunId}>
                    {node && (
                      <Link
                        href={runPath(run.name, run.dagRunId, step)}
                        className={`cell cell-step status-${kind}`}
                        title={text}
                        aria-label={text}
                      >
                        <Icon name={kind} size={12} />
                      </Link>
                    )}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
