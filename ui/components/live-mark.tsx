// Says whether what is shown is live; only speaks up when it is not.
import type { LiveState } from '../api/live-socket.ts'

export function LiveMark({ state }: { state: LiveState }) {
  if (state === 'open')
    return (
      <span className="live live-open" title="Changes appear as they happen">
        <span className="live-dot" /> live
      </span>
    )
  if (state === 'connecting') return <span className="live" />
  return (
    <span
      className="live live-down"
      role="status"
      title="The live connection is lost. The page asks every 5 seconds meanwhile."
    >
      <span className="live-dot" /> reconnecting…
    </span>
  )
}
