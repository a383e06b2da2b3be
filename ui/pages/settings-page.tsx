// `/settings/SECTION`: what holds for the whole installation. A section more is a line here.
import type { ComponentType } from 'react'
import { Tabs } from '../components/tabs.tsx'
import { EmptyState } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { useTitle } from '../lib/use-title.ts'
import { ApiKeysSection } from '../settings/api-keys-section.tsx'
import { BaseConfigSection } from '../settings/base-config-section.tsx'
import { ProfilesSection } from '../settings/profiles-section.tsx'
import { SecretsSection } from '../settings/secrets-section.tsx'
import { TimezoneSection } from '../settings/timezone-section.tsx'
import type { PageProps } from './page-props.ts'

/** `rest` is what follows the section in the address. */
const SECTIONS: readonly { key: string; label: string; Section: ComponentType<PageProps> }[] = [
  { key: 'profiles', label: 'Profiles', Section: ProfilesSection },
  { key: 'secrets', label: 'Secrets', Section: SecretsSection },
  { key: 'base-config', label: 'Base configuration', Section: BaseConfigSection },
  { key: 'timezone', label: 'Time zone', Section: TimezoneSection },
  { key: 'api-keys', label: 'API keys', Section: ApiKeysSection },
]

export function SettingsPage({ rest: [key = 'profiles', ...rest] }: PageProps) {
  const section = SECTIONS.find(one => one.key === key)
  useTitle(section ? `${section.label} · Settings` : 'Settings')
  return (
    <>
      <div className="page-head">
        <h1>Settings</h1>
      </div>
      <Tabs
        label="Settings"
        current={key}
        items={SECTIONS.map(one => ({ key: one.key, label: one.label, href: `/settings/${one.key}` }))}
      />
      {section ? (
        <section.Section rest={rest} />
      ) : (
        <EmptyState title="There is no such section">
          <p>
            Go to <Link href="/settings">the settings</Link>.
          </p>
        </EmptyState>
      )}
    </>
  )
}
