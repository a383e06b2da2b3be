// What a run would do, as far as it is known before it runs.
import type { DryRun } from '../api/run-again.ts'

export function DryRunView({ dry }: { dry: DryRun }) {
  return (
    <section className="dry-run" aria-label="Dry run">
      <p className="muted">
        Nothing has run. Values that only a run knows stay as they are written, secrets are masked. It would work in{' '}
        {dry.workingDir}.
      </p>
      {dry.params.length > 0 && (
        <p>
          {dry.params.map(({ name, value }) => (
            <code key={name} className="given">
              {name}={value}
            </code>
          ))}
        </p>
      )}
      <ol>
        {dry.steps.map(step => (
          <li key={`${step.handler ?? ''} ${step.name}`}>
            <strong>{step.handler ? `on ${step.handler}` : step.name}</strong>{' '}
            <span className="muted">
              {step.type === 'command' ? '' : step.type}
              {step.depends.length > 0 ? ` after ${step.depends.join(', ')}` : ''}
              {step.when.length > 0 ? ` when ${step.when.join(' and ')}` : ''}
            </span>
            {step.text.length > 0 && <pre>{step.text.join('\n')}</pre>}
          </li>
        ))}
      </ol>
    </section>
  )
}
