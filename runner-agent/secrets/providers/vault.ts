// Provider `vault`: KV secrets of HashiCorp Vault or OpenBao, version 2 and 1, by token or AppRole. `key` is a path with the field as
// its last part (`secret/app/db/password`), or a path alone where `options.field` names the field. Addresses and credentials
// are this host's (VAULT_ADDR, VAULT_TOKEN or VAULT_ROLE_ID and VAULT_SECRET_ID, VAULT_NAMESPACE, VAULT_CACERT, ...).
import { homedir } from 'node:os'
import { join } from 'node:path'
import { err, ok, type Result } from '@edgedag/core/result'
import { askStore, type StoreAnswer, type TlsOptions } from './http.ts'
import type { SecretProvider, SecretRequest } from './provider.ts'
import { ourSetting, readNamed, setting } from './settings.ts'

const OPTIONS = new Set(['field', 'namespace', 'version', 'mount'])

interface Store {
  base: URL
  namespace?: string
  tls: TlsOptions
  signal: AbortSignal
}

interface Place {
  mount?: string
  /** Below the mount where one is named, else with it. */
  path: string
  field: string
  version?: string
}

export const vaultProvider: SecretProvider = async request => {
  const place = placeOf(request)
  if (!place.ok) return place
  const store = storeOf(request)
  if (!store.ok) return store
  const answer = await withToken(request, store.value, token => read(store.value, token, place.value))
  if (!answer.ok) return answer
  return fieldOf(answer.value, place.value)
}

function placeOf({ key, options }: SecretRequest): Result<Place, string> {
  const unknown = Object.keys(options).find(name => !OPTIONS.has(name))
  if (unknown !== undefined)
    return err(`vault has no option ${unknown} (${[...OPTIONS].join(', ')}; address and credentials are the host's)`)
  const parts = key.split('/').filter(part => part !== '')
  if (parts.some(part => part === '.' || part === '..')) return err(`${JSON.stringify(key)} is no path`)
  const field = options.field ?? parts.pop() ?? ''
  if (parts.length === 0 || field === '')
    return err(`key ${JSON.stringify(key)} needs a path and a field, like secret/app/password, or options.field`)
  if (options.version !== undefined && !/^\d+$/.test(options.version)) return err('options.version is a number')
  const { mount, version } = options
  return ok({
    path: parts.join('/'),
    field,
    ...(mount === undefined ? {} : { mount: mount.replace(/^\/+|\/+$/g, '') }),
    ...(version === undefined ? {} : { version }),
  })
}

function storeOf({ env, options, signal }: SecretRequest): Result<Store, string> {
  const address = ourSetting(env, 'SECRETS_VAULT_ADDRESS', 'VAULT_ADDR')
  if (address === undefined) return err('this host has no address of a Vault: set VAULT_ADDR for its agent')
  const base = URL.canParse(address) ? new URL(address) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol))
    return err('VAULT_ADDR is no address like https://vault.example.com:8200')
  const tls = tlsOf(env)
  if (!tls.ok) return tls
  const namespace = options.namespace ?? ourSetting(env, 'SECRETS_VAULT_NAMESPACE', 'VAULT_NAMESPACE')
  return ok({ base, tls: tls.value, signal, ...(namespace === undefined ? {} : { namespace }) })
}

function tlsOf(env: SecretRequest['env']): Result<TlsOptions, string> {
  const tls: TlsOptions = {}
  const files = [
    ['ca', ourSetting(env, 'SECRETS_VAULT_CA_CERT', 'VAULT_CACERT')],
    ['cert', ourSetting(env, 'SECRETS_VAULT_CLIENT_CERT', 'VAULT_CLIENT_CERT')],
    ['key', ourSetting(env, 'SECRETS_VAULT_CLIENT_KEY', 'VAULT_CLIENT_KEY')],
  ] as const
  for (const [part, path] of files) {
    if (path === undefined) continue
    const text = readNamed(path, 'the Vault certificate file')
    if (!text.ok) return text
    tls[part] = text.value
  }
  const serverName = setting(env, 'VAULT_TLS_SERVER_NAME')
  if (serverName !== undefined) tls.serverName = serverName
  if (/^(1|true)$/i.test(setting(env, 'VAULT_SKIP_VERIFY') ?? '')) tls.insecure = true
  return ok(tls)
}

const ask = (store: Store, method: 'GET' | 'POST', path: string, token?: string, body?: unknown) =>
  askStore({
    method,
    url: new URL(`${store.base.pathname.replace(/\/+$/, '')}/v1/${path}`, store.base),
    headers: {
      'x-vault-request': 'true',
      ...(token === undefined ? {} : { 'x-vault-token': token }),
      ...(store.namespace === undefined ? {} : { 'x-vault-namespace': store.namespace }),
    },
    ...(body === undefined ? {} : { body }),
    tls: store.tls,
    signal: store.signal,
  })

/** Tokens of AppRole logins, until shortly before they end: one login serves many secrets. */
const logins = new Map<string, { token: string; until: number }>()

async function withToken(
  { env }: SecretRequest,
  store: Store,
  use: (token: string) => Promise<Result<StoreAnswer, string>>,
): Promise<Result<StoreAnswer, string>> {
  const own = ownToken(env)
  if (!own.ok) return own
  if (own.value !== undefined) return use(own.value)
  const roleId = setting(env, 'VAULT_ROLE_ID', 'EDGEDAG_SECRETS_VAULT_ROLE_ID')
  if (roleId === undefined)
    return err(
      'this host has no credential for the Vault: set VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, for its agent',
    )
  const key = [store.base.href, store.namespace ?? '', roleId].join('\n')
  const known = logins.get(key)
  if (known !== undefined && known.until > performance.now()) {
    const answer = await use(known.token)
    if (!answer.ok || answer.value.status !== 403) return answer
    logins.delete(key)
  }
  const login = await logIn(env, store, roleId)
  if (!login.ok) return login
  logins.set(key, login.value)
  return use(login.value.token)
}

function ownToken(env: SecretRequest['env']): Result<string | undefined, string> {
  const token = ourSetting(env, 'SECRETS_VAULT_TOKEN', 'VAULT_TOKEN')
  if (token !== undefined) return ok(token)
  const named = setting(env, 'VAULT_TOKEN_FILE')
  if (named !== undefined) {
    const text = readNamed(named, 'the Vault token file')
    return text.ok ? ok(text.value.trim()) : text
  }
  if (setting(env, 'VAULT_ROLE_ID', 'EDGEDAG_SECRETS_VAULT_ROLE_ID') !== undefined) return ok(undefined)
  const usual = readNamed(join(env.HOME ?? homedir(), '.vault-token'), 'the Vault token file')
  return ok(usual.ok && usual.value.trim() !== '' ? usual.value.trim() : undefined)
}

async function logIn(
  env: SecretRequest['env'],
  store: Store,
  roleId: string,
): Promise<Result<{ token: string; until: number }, string>> {
  const file = setting(env, 'VAULT_SECRET_ID_FILE')
  const named =
    file === undefined ? ok(setting(env, 'VAULT_SECRET_ID') ?? '') : readNamed(file, 'the file of VAULT_SECRET_ID')
  if (!named.ok) return named
  const path = setting(env, 'VAULT_APPROLE_PATH') ?? 'approle'
  const body = { role_id: roleId, ...(named.value.trim() === '' ? {} : { secret_id: named.value.trim() }) }
  const answer = await ask(store, 'POST', `auth/${path}/login`, undefined, body)
  if (!answer.ok) return answer
  const { auth } = (answer.value.json ?? {}) as { auth?: { client_token?: unknown; lease_duration?: unknown } }
  if (answer.value.status !== 200 || typeof auth?.client_token !== 'string')
    return err(`the AppRole login was refused by ${store.base.host} (${problemOf(answer.value)})`)
  const seconds = Number(auth.lease_duration) || 0
  return ok({ token: auth.client_token, until: performance.now() + seconds * 900 })
}

/** Version 2 first: its paths have `data/` behind the mount. Version 1 answers under the path as it is. */
async function read(store: Store, token: string, place: Place): Promise<Result<StoreAnswer, string>> {
  const { mount, path, version } = place
  const query = version === undefined ? '' : `?version=${version}`
  const encoded = path.split('/').map(encodeURIComponent)
  const plain = [...(mount?.split('/').map(encodeURIComponent) ?? []), ...encoded].join('/')
  const cut = mount === undefined ? 1 : 0
  const head = mount === undefined ? encoded.slice(0, cut) : mount.split('/').map(encodeURIComponent)
  const versioned = [...head, 'data', ...encoded.slice(cut)].join('/')
  const isWritten = mount === undefined && encoded[1] === 'data'
  const first = await ask(store, 'GET', `${isWritten ? plain : versioned}${query}`, token)
  if (!first.ok || first.value.status === 200 || isWritten) return first
  const second = await ask(store, 'GET', plain, token)
  return second.ok && second.value.status === 200 && dataOf(second.value) !== undefined ? second : first
}

/** The fields: `data.data` in version 2, `data` in version 1. */
function dataOf({ json }: StoreAnswer): Record<string, unknown> | undefined {
  const { data } = (json ?? {}) as { data?: unknown }
  if (typeof data !== 'object' || data === null) return undefined
  const { data: inner, metadata } = data as { data?: unknown; metadata?: unknown }
  if (typeof metadata !== 'object' || metadata === null) return data as Record<string, unknown>
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : undefined
}

function fieldOf(answer: StoreAnswer, { mount, path, field }: Place): Result<string, string> {
  const where = mount === undefined ? path : `${mount}/${path}`
  if (answer.status === 403) return err(`the Vault refused to read ${where}: its token may not (403), or has expired`)
  const data = dataOf(answer)
  if (answer.status === 404) {
    const deleted = (answer.json as { data?: { metadata?: { deletion_time?: string } } })?.data?.metadata?.deletion_time
    return err(deleted ? `the Vault’s ${where} was deleted (${deleted})` : `the Vault has nothing at ${where}`)
  }
  if (answer.status !== 200) return err(`the Vault answered ${problemOf(answer)} for ${where}`)
  const value = data?.[field]
  if (value === undefined || value === null) {
    const names = Object.keys(data ?? {})
    return err(
      `${where} in the Vault has no field ${field}${names.length === 0 ? '' : ` (it has ${names.sort().join(', ')})`}`,
    )
  }
  return ok(typeof value === 'string' ? value : JSON.stringify(value))
}

/** The status and the store's own words. */
function problemOf({ status, json }: StoreAnswer): string {
  const { errors } = (json ?? {}) as { errors?: unknown }
  const words = Array.isArray(errors) ? errors.filter(each => typeof each === 'string').join('; ') : ''
  return words === '' ? `HTTP ${status}` : `HTTP ${status}: ${words.slice(0, 300)}`
}
