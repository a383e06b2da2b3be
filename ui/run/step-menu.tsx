// What can be done to one step of a finished run, besides the retry from it.
import type { RunNode } from '../api/types.ts'
import { Icon } from '../components/icon.tsx'
import { Menu } from '../components/menu.tsx'
import { nodeStatus } from '../lib/status.ts'
import type { RunAct } from './use-run-actions.ts'

export function StepMenu({ node, act }: { node: RunNode; act: (act: RunAct) => void }) {
  const step = node.step.name
  const kind = nodeStatus(node)
  const before = kind === 'succeeded' || kind === 'failed' ? kind : undefined
  return (
    <Menu label={`More about ${step}`} icon="more">
      <button type="button" className="menu-item" onClick={() => act({ kind: 'retry', of: { stepName: step } })}>
        <Icon name="retry" size={14} /> Retry this step alone
      </button>
      {(['succeeded', 'failed'] as const)
        .filter(status => status !== kind)
        .map(status => (
          <button
            type="button"
            key={status}
            className="menu-item"
            onClick={() => act({ kind: 'mark', step, status, before })}
          >
            <Icon name={status} size={14} /> Count it as {status}
          </button>
        ))}
    </Menu>
  )
}
