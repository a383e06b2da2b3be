// Settings of a DAG that are not in its text: the profile of runs that name none.
import type { ObjectHost } from '../../host/port.ts'
import type { DagSettings, Kinds, ProfileDefaults } from '../contracts.ts'

const MARK = 'settings'
const NONE: DagSettings = { profile: '', updatedAt: 0, updatedBy: '' }

/** The stored settings. The tables are those of the Dag. */
export function readDagSettings(host: ObjectHost<Kinds>): DagSettings {
  const row = host.sql.exec<{ value: string }>('SELECT value FROM mark WHERE name = ?', MARK)[0]
  return row === undefined ? NONE : (JSON.parse(row.value) as DagSettings)
}

export function writeDagSettings(
  host: ObjectHost<Kinds>,
  { profile, by }: { profile: string; by: string },
): DagSettings {
  const settings: DagSettings = { profile, updatedAt: host.now(), updatedBy: by }
  host.sql.exec('INSERT OR REPLACE INTO mark (name, value) VALUES (?, ?)', MARK, JSON.stringify(settings))
  return settings
}

/** The profile of a start: the one that is named (`''`: none), else the DAG's default, the workspace's, the global one. */
export const profileOf = (
  host: ObjectHost<Kinds>,
  named: string | undefined,
  defaults: ProfileDefaults | undefined,
): { profile?: string; profileDefaults?: true } => {
  const profile = named ?? (readDagSettings(host).profile || (defaults?.profile ?? ''))
  return { ...(profile === '' ? {} : { profile }), ...(defaults?.values ? { profileDefaults: true } : {}) }
}
