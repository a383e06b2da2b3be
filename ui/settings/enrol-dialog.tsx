// How a host becomes a runner: a one-time token, shown inside the command that uses it.
import { useState } from 'react'
import { createEnrolment } from '../api/runners.ts'
import { copyText } from '../components/copy-button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { toastError } from '../components/toasts.tsx'
import { Button, Notice } from '../components/ui.tsx'
import { parseLabels } from '../lib/labels.ts'
import { type DocsChoice, docsOf } from '../lib/runner-docs.ts'
import { DocsFields } from './docs-fields.tsx'

const command = (token: string): string =>
  `edgedag-agent --url ${window.location.origin} --state /var/lib/edgedag-agent --enrol ${token}`

export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const [labels, setLabels] = useState('')
  const [docs, setDocs] = useState<DocsChoice>({ access: 'write', typed: '' })
  const [enrolment, setEnrolment] = useState<{ token: string; expiresAt: string }>()
  const [busy, setBusy] = useState(false)
  const parsed = parseLabels(labels)
  const create = async (): Promise<void> => {
    if (!parsed.ok) return
    setBusy(true)
    await createEnrolment(parsed.value, docsOf(docs)).then(setEnrolment, cause =>
      toastError('No token was made', cause),
    )
    setBusy(false)
  }
  if (enrolment === undefined)
    return (
      <Dialog
        title="Add a runner"
        onClose={onClose}
        onSubmit={() => void create()}
        footer={
          <Button type="submit" tone="primary" busy={busy} disabled={!parsed.ok}>
            Make a token
          </Button>
        }
      >
        <div className="field">
          <label htmlFor="labels">Labels</label>
          <input
            id="labels"
            placeholder="gpu=true, zone=eu"
            value={labels}
            onChange={event => setLabels(event.target.value)}
          />
          <div className="field-hint">
            {parsed.ok ? (
              <>
                DAGs and steps choose runners by these, with <code>worker_selector</code>. None is fine.
              </>
            ) : (
              parsed.error
            )}
          </div>
        </div>
        <DocsFields choice={docs} onChange={setDocs} />
      </Dialog>
    )
  const text = command(enrolment.token)
  return (
    <Dialog
      title="Run this on the host"
      onClose={onClose}
      wide
      footer={
        <Button icon="copy" tone="primary" onClick={() => copyText(text, 'Command')}>
          Copy
        </Button>
      }
    >
      <p>
        It needs Node 20 or newer, and the agent: <code>npm install -g edgedag-agent</code>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <pre className="preview" tabIndex={0}>
        {text}
      </pre>
      <Notice tone="info">
        The token works once, until {new Date(enrolment.expiresAt).toLocaleTimeString()}. The agent keeps a credential
        of its own from then on.
      </Notice>
    </Dialog>
  )
}
