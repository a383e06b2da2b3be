// `secret`: the registry of secrets that DAGs name by `secrets: [{name, ref}]`.
import type {
  Answers,
  RegistrySecret as Secret,
  RegistrySecretDetails as SecretDetails,
} from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { ApiClient } from '../client/api-client.ts'
import { CommandError, EXIT } from '../errors.ts'
import { readSecretValue } from '../secret-input.ts'
import { type Command, type Invocation, text } from './command.ts'
import { actionsOf, runVerb, segment, table, type Verb } from './verbs.ts'

const PAGE = 500

async function all(client: ApiClient, workspace: string | undefined): Promise<Secret[]> {
  const found: Secret[] = []
  for (;;) {
    const scope = workspace === undefined ? '' : `&workspace=${segment(workspace)}`
    const page = await client.get<Answers['GET /secrets']>(`/secrets?limit=${PAGE}&offset=${found.length}${scope}`)
    found.push(...page.secrets)
    if (page.secrets.length === 0 || found.length >= page.total) return found
  }
}

/** The secret of this reference in the workspace that is named, else the global one. */
async function find(client: ApiClient, ref: string, { values }: Invocation): Promise<Secret> {
  const workspace = text(values.workspace) ?? 'global'
  const found = (await all(client, workspace)).find(secret => secret.ref === ref)
  if (found !== undefined) return found
  const where = workspace === 'global' ? 'among the global secrets' : `in workspace ${workspace}`
  throw new CommandError(`there is no secret ${ref} ${where}`, EXIT.failed, 'edgedag secret list shows all')
}

const said = (json: unknown, ...lines: string[]) => ({ json, lines })

const setStatus = (verb: 'enable' | 'disable', help: string, words: string): Verb => ({
  help,
  words: ['REF'],
  async run(client, [ref = ''], invocation) {
    const { id } = await find(client, ref, invocation)
    return said(await client.post(`/secrets/${id}/${verb}`, {}), `secret ${ref} ${words}`)
  },
})

function detailLines(secret: SecretDetails): string[] {
  const { ref, workspace, status, providerType, providerRef, versions, usedBy, lastUsedAt, lastUsedBy } = secret
  const kept =
    providerType === 'managed' ? `version ${secret.currentVersion}` : `kept by ${providerType}: ${providerRef}`
  return [
    `${ref}${workspace === '' ? '' : ` (workspace ${workspace})`}: ${status}, ${kept}`,
    ...(secret.description ? [secret.description] : []),
    ...versions.map(({ version, createdAt, createdBy }) => `  version ${version}  ${createdAt}  ${createdBy}`),
    `named by: ${usedBy.length === 0 ? 'no DAG' : usedBy.join(', ')}`,
    `last used: ${lastUsedAt === '' ? 'never' : `${lastUsedAt} by run ${lastUsedBy}`}`,
  ]
}

const verbs: Record<string, Verb> = {
  list: {
    help: 'all secrets',
    words: [],
    reads: true,
    async run(client, _, { values, style }) {
      const secrets = await all(client, text(values.workspace))
      const rows = secrets.map(each => [
        each.ref,
        each.workspace || '-',
        each.status,
        each.providerType === 'managed' ? `version ${each.currentVersion}` : each.providerType,
        `${each.updatedAt} ${each.updatedBy}`,
      ])
      const head = ['REF', 'WORKSPACE', 'STATUS', 'VALUE', 'UPDATED']
      return said(
        secrets,
        ...(rows.length === 0 ? ['no secrets'] : table(head, rows, line => style.paint('bold', line))),
      )
    },
  },
  show: {
    help: 'versions, who changed it, which DAGs name it',
    words: ['REF'],
    reads: true,
    async run(client, [ref = ''], invocation) {
      const { id } = await find(client, ref, invocation)
      const secret = await client.get<SecretDetails>(`/secrets/${id}`)
      return said(secret, ...detailLines(secret))
    },
  },
  create: {
    help: 'a new one; its value comes from stdin',
    words: ['REF'],
    async run(client, [ref = ''], { values }) {
      const [provider, description] = [text(values.provider), text(values.description)]
      const fields = {
        ref,
        workspace: text(values.workspace) ?? '',
        ...(description ? { description } : {}),
      }
      const kept: Partial<Bodies['POST /secrets']> =
        provider === undefined || provider === 'managed'
          ? { value: await readSecretValue(values.exact === true, `value of ${ref}`) }
          : { providerType: provider, providerRef: text(values.key) ?? '' }
      return said(
        await client.post('/secrets', { ...fields, ...kept } satisfies Bodies['POST /secrets']),
        `secret ${ref} is made`,
      )
    },
  },
  set: {
    help: 'a new version, from stdin, for attempts that start from now on',
    words: ['REF'],
    async run(client, [ref = ''], invocation) {
      const { id } = await find(client, ref, invocation)
      const value = await readSecretValue(invocation.values.exact === true, `new value of ${ref}`)
      const json = await client.post<Secret>(`/secrets/${id}/versions`, {
        value,
      } satisfies Bodies['POST /secrets/{secretId}/versions'])
      const words = `secret ${ref} has version ${json.currentVersion}; attempts that start from now on get it`
      return said(json, words)
    },
  },
  enable: setStatus('enable', 'let attempts have it again', 'can be used again'),
  disable: setStatus(
    'disable',
    'attempts that need it fail',
    'is disabled: attempts that start from now on and need it fail',
  ),
  delete: {
    help: 'with all versions',
    words: ['REF'],
    destroys: 'deletes the secret with all its versions',
    async run(client, [ref = ''], invocation) {
      const { id } = await find(client, ref, invocation)
      await client.delete(`/secrets/${id}`)
      return said({ id, ref }, `secret ${ref} is deleted`)
    },
  },
  keys: {
    help: 'under which keys values are encrypted',
    words: [],
    reads: true,
    async run(client) {
      const json = await client.get<Answers['GET /vault/keys']>('/vault/keys')
      const lines = json.keys.map(key => `${key.id}  ${key.values} values${key.current ? '  (current)' : ''}`)
      if (json.keys.length === 0) lines.push('no key is configured: secrets cannot be written')
      if (json.unreadable > 0) lines.push(`${json.unreadable} values cannot be read: their key is not here`)
      return said(json, ...lines)
    },
  },
}

export const secretCommand: Command = {
  name: 'secret',
  synopsis: 'secret [ACTION]',
  summary: 'secrets that DAGs name by ref; values come from stdin and are never shown',
  actions: actionsOf('secret', verbs),
  options: {
    workspace: { type: 'string', short: 'w', value: 'NAME', help: 'of a workspace (otherwise global)' },
    description: { type: 'string', value: 'TEXT', help: 'create: what it is for' },
    provider: { type: 'string', value: 'TYPE', help: 'create: where the value is kept (vault, kubernetes, env, file)' },
    key: { type: 'string', value: 'KEY', help: 'create: its key there' },
    exact: { type: 'boolean', help: 'keep the line break at the end of the value' },
    yes: { type: 'boolean', short: 'y', help: 'delete without asking' },
  },
  examples: [
    ['edgedag secret create prod/db-password < password.txt', 'for `ref: prod/db-password` in a DAG'],
    ['edgedag secret create prod/api --provider vault --key secret/app/api/token', 'kept elsewhere'],
  ],
  run: invocation => runVerb('secret', verbs, invocation),
}
