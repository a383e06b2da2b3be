// `webhook`: the webhook of a DAG. Secrets are printed once, when they are made.

import { readFileSync } from 'node:fs'
import type { Answers, Webhook } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { usage } from '../errors.ts'
import { type Command, type Invocation, text } from './command.ts'
import { actionsOf, runVerb, segment, table, type Verb } from './verbs.ts'

const of = (file: string): string => `/dags/${segment(file)}/webhook`

const row = ({ dagName, tokenPrefix, enabled, authMode, hmac, lastUsedAt }: Webhook): string[] => [
  dagName,
  enabled ? 'enabled' : 'disabled',
  authMode + (hmac.enabled ? ` (${hmac.provider}, ${hmac.enforcementMode})` : ''),
  `${tokenPrefix}…`,
  lastUsedAt ?? 'never',
]

const lines = (webhooks: readonly Webhook[], { style }: Invocation): string[] =>
  webhooks.length === 0
    ? ['no webhooks']
    : table(['DAG', 'STATE', 'MODE', 'TOKEN', 'LAST USED'], webhooks.map(row), line => style.paint('bold', line))

const secretLines = (what: string, secret: string): string[] => [
  `${what}: ${secret}`,
  'It is shown this once: keep it now.',
]

/** Fields of `hmac` that the options give. */
function hmacFields({ values }: Invocation) {
  const [authMode, enforcementMode, provider] = [text(values.mode), text(values.enforcement), text(values.provider)]
  return {
    ...(authMode === undefined ? {} : { authMode }),
    ...(enforcementMode === undefined ? {} : { enforcementMode }),
    ...(provider === undefined ? {} : { provider }),
    ...(values.timestamp === true ? { requireTimestamp: true } : {}),
  }
}

/** A secret that the sender has made comes by stdin: arguments are seen by everybody on the host. */
const givenSecret = ({ values }: Invocation) =>
  values['secret-stdin'] === true ? { secret: readFileSync(0, 'utf8').trim() } : {}

const VERBS: Record<string, Verb> = {
  list: {
    help: 'all webhooks',
    words: [],
    reads: true,
    async run(client, _words, invocation) {
      const json = await client.get<Answers['GET /webhooks']>('/webhooks')
      return { json, lines: lines(json.webhooks, invocation) }
    },
  },
  show: {
    help: 'one',
    words: ['NAME'],
    reads: true,
    async run(client, [file = ''], invocation) {
      const json = await client.get<Webhook>(of(file))
      return { json, lines: lines([json], invocation) }
    },
  },
  create: {
    help: 'the webhook of a DAG; prints its token, this once',
    words: ['NAME'],
    async run(client, [file = '']) {
      const json = await client.post<Answers['POST /dags/{fileName}/webhook']>(of(file), {})
      const curl = `curl -X POST -H 'Authorization: Bearer ${json.token}' -d '{}' ${client.url}/api/v1/webhooks/${segment(file)}`
      return { json, lines: [...secretLines('token', json.token), curl] }
    },
  },
  regenerate: {
    help: 'a new token; the present one is refused from then on',
    words: ['NAME'],
    destroys: 'makes a new token; the present one is refused from then on',
    async run(client, [file = '']) {
      const json = await client.post<Answers['POST /dags/{fileName}/webhook/regenerate']>(`${of(file)}/regenerate`, {})
      return { json, lines: secretLines('token', json.token) }
    },
  },
  enable: toggle(true, 'take deliveries again'),
  disable: toggle(false, 'refuse deliveries'),
  delete: {
    help: 'its token is refused from then on',
    words: ['NAME'],
    destroys: 'deletes the webhook; its token is refused from then on',
    async run(client, [file = '']) {
      await client.delete(of(file))
      return { json: { deleted: file }, lines: [`deleted the webhook of ${file}`] }
    },
  },
  hmac: {
    help: 'signed deliveries; prints the secret, this once',
    words: ['NAME', 'enable|configure|disable|regenerate'],
    async run(client, [file = '', action = ''], invocation) {
      if (!['enable', 'configure', 'disable', 'regenerate'].includes(action))
        throw usage(`unknown: webhook hmac NAME ${action}`, 'use enable, configure, disable or regenerate')
      const body =
        action === 'disable'
          ? {}
          : action === 'regenerate'
            ? givenSecret(invocation)
            : { ...hmacFields(invocation), ...(action === 'enable' ? givenSecret(invocation) : {}) }
      const json = await client.post<Webhook & { hmacSecret?: string; webhook?: Webhook }>(
        `${of(file)}/hmac/${action}`,
        body,
      )
      const secret = json.hmacSecret === undefined ? [] : secretLines('HMAC secret', json.hmacSecret)
      return { json, lines: [...secret, ...lines([json.webhook ?? json], invocation)] }
    },
  },
  deliveries: {
    help: 'what came lately, and what became of it',
    words: ['NAME'],
    reads: true,
    async run(client, [file = ''], { style }) {
      const json = await client.get<Answers['GET /dags/{fileName}/webhook/deliveries']>(
        `${of(file)}/deliveries?limit=50`,
      )
      const rows = json.deliveries.map(({ receivedAt, status, dagRunId, deliveryId, note }) => [
        receivedAt,
        String(status),
        dagRunId ?? '',
        deliveryId ?? '',
        note ?? '',
      ])
      const head = ['RECEIVED', 'STATUS', 'RUN', 'DELIVERY', 'NOTE']
      return {
        json,
        lines: rows.length === 0 ? ['nothing was delivered'] : table(head, rows, line => style.paint('bold', line)),
      }
    },
  },
}

function toggle(enabled: boolean, help: string): Verb {
  return {
    help,
    words: ['NAME'],
    async run(client, [file = ''], invocation) {
      const json = await client.post<Webhook>(`${of(file)}/toggle`, {
        enabled,
      } satisfies Bodies['POST /dags/{fileName}/webhook/toggle'])
      return { json, lines: lines([json], invocation) }
    },
  }
}

export const webhookCommand: Command = {
  name: 'webhook',
  synopsis: 'webhook [ACTION]',
  summary: 'manage the webhooks of DAGs',
  actions: actionsOf('webhook', VERBS),
  options: {
    mode: { type: 'string', value: 'MODE', help: 'hmac: token_and_hmac or hmac_only' },
    enforcement: { type: 'string', value: 'WORD', help: 'hmac: strict or observe' },
    provider: { type: 'string', value: 'NAME', help: 'hmac: generic, github, gitlab, stripe or standard' },
    timestamp: { type: 'boolean', help: 'hmac: refuse signatures without a time' },
    'secret-stdin': { type: 'boolean', help: 'hmac enable, regenerate: read the secret from stdin' },
    yes: { type: 'boolean', help: 'do it without asking' },
  },
  examples: [
    ['edgedag webhook create deploy', 'prints the token, once, and a curl line'],
    ['edgedag webhook hmac deploy enable --provider github --mode hmac_only', 'for a sender that signs'],
    ['edgedag webhook deliveries deploy', 'what came, and what became of it'],
  ],
  run: invocation => runVerb('webhook', VERBS, invocation),
}
