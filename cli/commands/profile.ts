// `profile`: runtime profiles, their variables and write-only secrets.
import type { Answers, RuntimeProfile as Profile } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import type { ApiClient } from '../client/api-client.ts'
import { readSecretValue } from '../secret-input.ts'
import { type Command, type Invocation, text } from './command.ts'
import { actionsOf, runVerb, segment, table, type Verb } from './verbs.ts'

const path = (name = '', ...rest: string[]): string => `/profiles/${[name, ...rest].map(segment).join('/')}`

const count = (profile: Profile, kind: string): number => profile.entries.filter(entry => entry.kind === kind).length

const entryLines = ({ entries }: Profile, invocation: Invocation): string[] =>
  entries.length === 0
    ? ['no entries']
    : table(
        ['KEY', 'KIND', 'VALUE', 'UPDATED'],
        entries.map(({ key, kind, value, updatedAt, updatedBy }) => [
          key,
          kind,
          kind === 'secret' ? '(write-only)' : (value ?? ''),
          `${updatedAt} ${updatedBy}`,
        ]),
        line => invocation.style.paint('bold', line),
      )

const said = (json: Profile, ...lines: string[]) => ({ json, lines })

const setStatus = (status: 'active' | 'disabled', help: string, words: string): Verb => ({
  help,
  words: ['NAME'],
  run: async (client, [name]) =>
    said(
      await client.patch<Profile>(path(name), { status } satisfies Bodies['PATCH /profiles/{profileName}']),
      `profile ${name} ${words}`,
    ),
})

async function setSecret(client: ApiClient, [name = '', key = '']: string[], { values }: Invocation) {
  const value = await readSecretValue(values.exact === true, `value of ${key}`)
  const json = await client.put<Profile>(path(name, 'secrets', key), {
    value,
  } satisfies Bodies['PUT /profiles/{profileName}/secrets/{key}'])
  return said(json, `${key} of profile ${name} is set; attempts that start from now on get it`)
}

const verbs: Record<string, Verb> = {
  list: {
    help: 'all profiles',
    words: [],
    reads: true,
    async run(client, _, { style }) {
      const { profiles } = await client.get<Answers['GET /profiles']>('/profiles')
      const rows = profiles.map(profile => [
        profile.name,
        `${profile.status}${profile.protected ? ', protected' : ''}`,
        String(count(profile, 'variable')),
        String(count(profile, 'secret')),
        profile.description,
      ])
      const head = ['NAME', 'STATUS', 'VARIABLES', 'SECRETS', 'DESCRIPTION']
      const lines = rows.length === 0 ? ['no profiles'] : table(head, rows, line => style.paint('bold', line))
      return { json: profiles, lines }
    },
  },
  show: {
    help: 'one with its entries; secrets are never shown',
    words: ['NAME'],
    reads: true,
    async run(client, [name], invocation) {
      const json = await client.get<Profile>(path(name))
      const head = [`${json.name}: ${json.status}${json.protected ? ', protected' : ''}`]
      return {
        json,
        lines: [...head, ...(json.description ? [json.description] : []), ...entryLines(json, invocation)],
      }
    },
  },
  create: {
    help: 'a new one, empty',
    words: ['NAME'],
    async run(client, [name = ''], { values }) {
      const description = text(values.description)
      const body: Bodies['POST /profiles'] = {
        name,
        ...(description ? { description } : {}),
        ...(values.protected ? { protected: true } : {}),
      }
      return said(await client.post<Profile>('/profiles', body), `profile ${name} is made`)
    },
  },
  enable: setStatus('active', 'let it start runs again', 'can start runs'),
  disable: setStatus('disabled', 'no run and no attempt starts with it', 'starts no runs or attempts any more'),
  delete: {
    help: 'with its secrets',
    words: ['NAME'],
    destroys: 'deletes the profile with its secrets',
    async run(client, [name]) {
      await client.delete(path(name))
      return { json: { name }, lines: [`profile ${name} is deleted`] }
    },
  },
  'set-var': {
    help: 'a variable',
    words: ['NAME', 'KEY', 'VALUE'],
    async run(client, [name = '', key = '', value = '']) {
      const json = await client.put<Profile>(path(name, 'variables', key), {
        value,
      } satisfies Bodies['PUT /profiles/{profileName}/variables/{key}'])
      return said(json, `${key} of profile ${name} is set; attempts that start from now on get it`)
    },
  },
  'set-secret': { help: 'a secret; its value comes from stdin', words: ['NAME', 'KEY'], run: setSecret },
  'delete-key': {
    help: 'a variable or a secret',
    words: ['NAME', 'KEY'],
    destroys: 'deletes the entry',
    async run(client, [name = '', key = '']) {
      await client.delete(path(name, 'entries', key))
      return { json: { name, key }, lines: [`${key} is deleted from profile ${name}`] }
    },
  },
}

export const profileCommand: Command = {
  name: 'profile',
  synopsis: 'profile [ACTION]',
  summary: 'variables and write-only secrets that runs can be started with (start --profile NAME)',
  actions: actionsOf('profile', verbs),
  options: {
    description: { type: 'string', value: 'TEXT', help: 'create: what it is for' },
    protected: { type: 'boolean', help: 'create: for admins only' },
    'value-stdin': { type: 'boolean', help: 'set-secret: read the value from stdin (it always is)' },
    exact: { type: 'boolean', help: 'set-secret: keep the line break at the end of the value' },
    yes: { type: 'boolean', short: 'y', help: 'delete without asking' },
  },
  examples: [
    ['edgedag profile set-var prod LOG_LEVEL info', 'a variable'],
    ['edgedag profile set-secret prod API_TOKEN < token.txt', 'a secret, from stdin'],
  ],
  run: invocation => runVerb('profile', verbs, invocation),
}
