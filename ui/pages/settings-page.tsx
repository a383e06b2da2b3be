// `/settings/SECTION`: what holds for the whole installation. A section more is a line here.
import type { ComponentType } from 'react'
import { useAccess } from '../components/access.tsx'
import { Tabs } from '../components/tabs.tsx'
import { EmptyState } from '../components/ui.tsx'
import type { ApiCall } from '../lib/access.ts'
import { Link } from '../lib/router.tsx'
import { useTitle } from '../lib/use-title.ts'
import { ApiKeysSection } from '../settings/api-keys-section.tsx'
import { BaseConfigSection } from '../settings/base-config-section.tsx'
import { ProfilesSection } from '../settings/profiles-section.tsx'
import { SecretsSection } from '../settings/secrets-section.tsx'
import { TimezoneSection } from '../settings/timezone-section.tsx'
import type { PageProps } from './page-props.ts'

/** `rest` is what follows the section in the address. */
const SECTIONS: readonly { key: string; label: string; reads: ApiCall; Section: ComponentType<PageProps> }[] = [
  { key: 'profiles', label: 'Profiles', reads: 'GET /profiles', Section: ProfilesSection },
  { key: 'secrets', label: 'Secrets', reads: 'GET /secrets', Section: SecretsSection },
  { key: 'base-config', label: 'Base configuration', reads: 'GET /settings/base-config', Section: BaseConfigSection },
  { key: 'timezone', label: 'Time zone', reads: 'GET /settings/timezone', Section: TimezoneSection },
  { key: 'api-keys', label: 'API keys', reads: 'GET /api-keys', Section: ApiKeysSection },
]

export function SettingsPage({ rest: [named, ...rest] }: PageProps) {
  const { may, refusal } = useAccess()
  const open = SECTIONS.filter(({ reads }) => may(reads))
  const key = named ?? open[0]?.key
  const section = SECTIONS.find(one => one.key === key)
  useTitle(section ? `${section.label} · Settings` : 'Settings')
  return (
    <>
      <div className="page-head">
        <h1>Settings</h1>
      </div>
      <Tabs
        label="Settings"
        current={key ?? ''}
        items={open.map(one => ({ key: one.key, label: one.label, href: `/settings/${one.key}` }))}
      />
      {section && may(section.reads) && <section.Section rest={rest} />}
      {section && !may(section.reads) && (
        <EmptyState title={`${section.label}: not for you to see`}>
          <p>{refusal(section.reads)}</p>
        </EmptyState>
      )}
      {!section && (
        <EmptyState title="There is no such section">
          <p>
            Go to <Link href="/settings">the settings</Link>.
          </p>
        </EmptyState>
      )}
    </>
  )
}
