// Secrets of a DAG that neither its variables nor files give: from the registry, or fetched by this host from where they are kept.
import type { SecretsResolver } from '@edgedag/core/expr/secrets'
import { err, ok } from '@edgedag/core/result'
import type { SecretRef } from '@edgedag/core/spec/dag'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import type { AgentHost } from '../runs/host.ts'
import type { Interruption } from '../runs/interruption.ts'
import { PROVIDERS } from './providers/index.ts'

/** The DAG's secrets, with those of the registry that are kept elsewhere named by their place. */
export const whereKept = (secrets: readonly SecretRef[], { refs }: AttemptSecrets): SecretRef[] =>
  secrets.map(({ provider, key, ...secret }) => {
    const at = secret.ref === undefined ? undefined : refs[secret.ref]
    if (at === undefined || 'value' in at)
      return {
        ...secret,
        ...(secret.ref !== undefined || provider === undefined ? {} : { provider }),
        ...(key && { key }),
      }
    return { ...secret, provider: at.provider, key: at.key, options: { ...at.options, ...secret.options } }
  })

/** Answers with a value, or with one sentence that says what is wrong and never holds a value. */
export const secretsResolver =
  (host: AgentHost, { refs }: AttemptSecrets, interruption: Interruption): SecretsResolver =>
  async ({ ref, provider, key = '', options }) => {
    if (provider === undefined) {
      const given = ref === undefined ? undefined : refs[ref]
      return given !== undefined && 'value' in given ? ok(given.value) : err(`the registry did not give ${ref}`)
    }
    const fetchSecret = PROVIDERS[provider]
    if (fetchSecret === undefined)
      return err(`unknown provider ${JSON.stringify(provider)}: env, file, ${Object.keys(PROVIDERS).join(', ')}`)
    return await fetchSecret({ key, options, env: host.hostEnv, signal: interruption.signal })
  }
