// Profiles of a case, made over REST as a person would.
import { type ApiClient, ApiError } from '../../cli/client/api-client.ts'
import type { LoadedCase, ProfileSetup } from './case-file.ts'

export interface Entry {
  profile: string
  kind: 'variable' | 'secret'
  key: string
  value: string
}

export const setEntry = (client: ApiClient, { profile, kind, key, value }: Entry): Promise<unknown> =>
  client.put(
    `/profiles/${encodeURIComponent(profile)}/${kind === 'secret' ? 'secrets' : 'variables'}/${encodeURIComponent(key)}`,
    // YAML takes `5` for a number; a value is text.
    { value: String(value ?? '') },
  )

/** Makes the profiles; one that is disabled becomes so after its entries are there. */
export async function makeProfiles(
  client: ApiClient,
  profiles: Record<string, ProfileSetup> | undefined,
): Promise<void> {
  for (const [name, setup] of Object.entries(profiles ?? {})) {
    await client.post('/profiles', { name, ...(setup.protected ? { protected: true } : {}) })
    for (const [key, value] of Object.entries(setup.variables ?? {}))
      await setEntry(client, { profile: name, kind: 'variable', key, value })
    for (const [key, value] of Object.entries(setup.secrets ?? {}))
      await setEntry(client, { profile: name, kind: 'secret', key, value })
    if (setup.status !== undefined)
      await client.patch(`/profiles/${encodeURIComponent(name)}`, { status: setup.status })
  }
}

const isAccepted = async (attempt: Promise<unknown>): Promise<boolean> => {
  try {
    await attempt
    return true
  } catch (error) {
    // Only a refusal of the input counts: a server without profiles must not pass for a strict one.
    if (error instanceof ApiError && error.status === 400) return false
    throw error
  }
}

type Rule = { name?: string; kind?: 'variable' | 'secret'; key?: string; ok: boolean }

/** Row kind `profile_rules`: each name on its own, the entries one after the other on one profile. */
export async function profileRules(c: LoadedCase, client: ApiClient): Promise<string[]> {
  const out: string[] = []
  for (const { name = '', ok } of (c.names ?? []) as Rule[]) {
    const accepted = await isAccepted(client.post('/profiles', { name }))
    if (accepted !== ok) out.push(`profile name ${JSON.stringify(name)} is ${accepted ? 'accepted' : 'refused'}`)
    if (accepted) await client.delete(`/profiles/${encodeURIComponent(name)}`)
  }
  const profile = 'profile-rules'
  await client.post('/profiles', { name: profile })
  for (const { kind = 'variable', key = '', ok } of [...((c.entries ?? []) as Rule[]), ...((c.rows ?? []) as Rule[])]) {
    // An empty key has no address at all.
    const accepted = key !== '' && (await isAccepted(setEntry(client, { profile, kind, key, value: 'value-of-entry' })))
    if (accepted !== ok) out.push(`${kind} ${JSON.stringify(key)} is ${accepted ? 'accepted' : 'refused'}`)
  }
  return out
}
