// Shown when the stored spec changed under an edit: what changed, and the two ways on. Nothing is lost without a click.
import { Dialog } from '../components/dialog.tsx'
import { Button } from '../components/ui.tsx'
import { diffLines, withContext } from '../lib/line-diff.ts'

const CONTEXT_LINES = 3

interface ConflictProps {
  mine: string
  /** The stored text as it is now; undefined while it is being loaded. */
  theirs: string | undefined
  hashes?: { expected: string; actual: string } | undefined
  onKeepMine: () => void
  onTakeTheirs: () => void
  onClose: () => void
}

const SIGN = { same: ' ', added: '+', removed: '-' }

export function ConflictDialog({ mine, theirs, hashes, onKeepMine, onTakeTheirs, onClose }: ConflictProps) {
  const lines = theirs === undefined ? [] : withContext(diffLines(theirs, mine), CONTEXT_LINES)
  return (
    <Dialog
      wide
      title="The spec was changed elsewhere"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Keep editing</Button>
          <Button tone="danger" onClick={onTakeTheirs}>
            Discard my edit
          </Button>
          <Button tone="primary" disabled={theirs === undefined} onClick={onKeepMine}>
            Overwrite with mine
          </Button>
        </>
      }
    >
      <p>
        Since you began, somebody saved another version or edited the file. Lines with <code>-</code> are stored now,
        lines with <code>+</code> are yours.
      </p>
      {hashes && (
        <p className="muted mono">
          you began from {hashes.expected.slice(0, 12)}, stored is {hashes.actual.slice(0, 12)}
        </p>
      )}
      <pre className="diff">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity
          <div key={index} className={line ? `diff-${line.kind}` : 'diff-cut'}>
            {line ? `${SIGN[line.kind]} ${line.text}` : '⋯'}
          </div>
        ))}
      </pre>
    </Dialog>
  )
}
