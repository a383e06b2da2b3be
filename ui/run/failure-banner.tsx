// Why the shown step failed: its exit, and the last lines of its error stream, which are where most programs say what is wrong.
import { useQuery } from '@tanstack/react-query'
import { fetchLog } from '../api/runs.ts'
import type { RunNode } from '../api/types.ts'
import { failureReason } from '../lib/run-story.ts'
import { nodeStatus } from '../lib/status.ts'
import { withLocalTimes } from '../lib/time.ts'
import { LineText } from '../logs/line-text.tsx'
import { splitLines } from '../logs/log-buffer.ts'

const PEEK_LINES = 6

interface FailureBannerProps {
  name: string
  id: string
  node: RunNode
  /** The stream that is shown below: stderr need not be shown twice. */
  stream: 'stdout' | 'stderr'
  onStream: (stream: 'stderr') => void
}

export function FailureBanner({ name, id, node, stream, onStream }: FailureBannerProps) {
  const step = node.step.name
  const { data } = useQuery({
    queryKey: ['stderr-end', name, id, step, node.attempt ?? node.retryCount ?? 0, node.status],
    queryFn: ({ signal }) => fetchLog(name, id, { step, stream: 'stderr' }, { tail: PEEK_LINES }, signal),
    enabled: stream === 'stdout',
  })
  const lines = stream === 'stdout' ? splitLines(data?.content ?? '') : []
  const hidden = (data?.totalLines ?? 0) - lines.length
  return (
    <div className={`log-failure status-${nodeStatus(node)}`}>
      <p>
        {withLocalTimes(failureReason(node))}
        {node.host ? <span className="muted"> on {node.host}</span> : null}
      </p>
      {lines.length > 0 && (
        <>
          <div className="log-failure-lines">
            {lines.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity
              <div key={index}>
                <LineText line={line} />
              </div>
            ))}
          </div>
          <button type="button" className="link-button" onClick={() => onStream('stderr')}>
            {hidden > 0 ? `stderr, ${hidden} more line${hidden === 1 ? '' : 's'}` : 'from stderr'}
          </button>
        </>
      )}
    </div>
  )
}
