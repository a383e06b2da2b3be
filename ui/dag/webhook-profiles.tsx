// Which profiles a delivery may choose by its header: none unless an administrator allows them.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { fetchProfileChoices, profileKeys } from '../api/profiles.ts'
import { allowProfiles, type Webhook, webhookKeys } from '../api/webhook.ts'
import { useAccess } from '../components/access.tsx'
import { toastError } from '../components/toasts.tsx'

export function WebhookProfiles({ file, webhook }: { file: string; webhook: Webhook }) {
  const client = useQueryClient()
  const refused = useAccess().refusal('PUT /dags/{fileName}/webhook/profile-selection')
  const { data } = useQuery({
    queryKey: profileKeys.choices,
    queryFn: ({ signal }) => fetchProfileChoices(signal),
    retry: false,
  })
  const allowed = webhook.profileSelection?.allowedProfiles ?? []
  const names = [...new Set([...(data?.profiles ?? []).map(({ name }) => name), ...allowed])]
  if (names.length === 0) return null
  const set = (name: string, on: boolean): void =>
    void allowProfiles(file, on ? [...allowed, name] : allowed.filter(each => each !== name)).then(
      answer => client.setQueryData(webhookKeys.one(file), answer),
      cause => toastError('The profiles were not changed', cause),
    )
  return (
    <section className="card profile" aria-labelledby="webhook-profiles">
      <h2 id="webhook-profiles">Profiles</h2>
      <p className="muted">
        A delivery chooses one of these with the header <code>X-Dagu-Profile</code>; any other is refused.
        {refused !== undefined && ` ${refused}`}
      </p>
      <div className="choices">
        {names.map(name => (
          <label key={name} className="choice">
            <input
              type="checkbox"
              disabled={refused !== undefined}
              checked={allowed.includes(name)}
              onChange={event => set(name, event.target.checked)}
            />
            <span>{name}</span>
          </label>
        ))}
      </div>
    </section>
  )
}
