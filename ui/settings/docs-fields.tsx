// The choice of the documents that a runner gets.
import type { DocsChoice } from '../lib/runner-docs.ts'

interface DocsFieldsProps {
  choice: DocsChoice
  onChange: (choice: DocsChoice) => void
}

export function DocsFields({ choice, onChange }: DocsFieldsProps) {
  return (
    <>
      <div className="field">
        <label htmlFor="docs">Documents</label>
        <select
          id="docs"
          value={choice.access}
          onChange={event => onChange({ ...choice, access: event.target.value as DocsChoice['access'] })}
        >
          <option value="write">reads and writes</option>
          <option value="read">reads only</option>
          <option value="none">gets none</option>
        </select>
        <div className="field-hint">What its credential may do, where its agent is started with a folder for them.</div>
      </div>
      {choice.access !== 'none' && (
        <div className="field">
          <label htmlFor="docs-workspaces">Of workspaces</label>
          <input
            id="docs-workspaces"
            placeholder="all"
            value={choice.typed}
            onChange={event => onChange({ ...choice, typed: event.target.value })}
          />
          <div className="field-hint">
            Names, with commas between; <code>default</code> stands for documents of no workspace.
          </div>
        </div>
      )}
    </>
  )
}
