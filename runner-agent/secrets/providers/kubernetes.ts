// Provider `kubernetes`: values of Secret objects, by kubeconfig or from within the cluster. `key` is `secret-name/data-key`, or the
// data key alone where `options.secret_name` names the Secret; options namespace, context, kubeconfig.
import { err, ok, type Result } from '@edgedag/core/result'
import { askStore, type StoreAnswer } from './http.ts'
import { type Cluster, findCluster } from './kubeconfig.ts'
import type { SecretProvider, SecretRequest } from './provider.ts'
import { ourSetting } from './settings.ts'

const OPTIONS = new Set(['secret_name', 'namespace', 'context', 'kubeconfig'])
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/

interface Place {
  name: string
  dataKey: string
}

export const kubernetesProvider: SecretProvider = async request => {
  const { options, env, signal } = request
  const place = placeOf(request)
  if (!place.ok) return place
  const { kubeconfig, context } = options
  const cluster = await findCluster({
    env,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  })
  if (!cluster.ok) return cluster
  const namespace = options.namespace ?? ourSetting(env, 'SECRETS_KUBERNETES_NAMESPACE') ?? cluster.value.namespace
  if (!NAME.test(namespace)) return err(`${JSON.stringify(namespace)} is no namespace`)
  const answer = await ask(cluster.value, namespace, place.value.name, signal)
  return answer.ok ? valueIn(answer.value, namespace, place.value) : answer
}

function placeOf({ key, options }: SecretRequest): Result<Place, string> {
  const unknown = Object.keys(options).find(name => !OPTIONS.has(name))
  if (unknown !== undefined) return err(`kubernetes has no option ${unknown} (${[...OPTIONS].join(', ')})`)
  const cut = key.indexOf('/')
  const name = options.secret_name ?? (cut < 0 ? '' : key.slice(0, cut))
  const dataKey = options.secret_name === undefined ? key.slice(cut + 1) : key
  if (!NAME.test(name) || !DATA_KEY.test(dataKey))
    return err(`key ${JSON.stringify(key)} is not like secret-name/data-key; or name the Secret in options.secret_name`)
  return ok({ name, dataKey })
}

const ask = ({ server, headers, tls }: Cluster, namespace: string, name: string, signal: AbortSignal) => {
  const path = `${server.pathname.replace(/\/+$/, '')}/api/v1/namespaces/${namespace}/secrets/${name}`
  return askStore({ method: 'GET', url: new URL(path, server), headers, tls, signal })
}

function valueIn({ status, json }: StoreAnswer, namespace: string, { name, dataKey }: Place): Result<string, string> {
  const where = `Secret ${namespace}/${name}`
  const { message, data } = (json ?? {}) as { message?: unknown; data?: Record<string, unknown> | null }
  const words = typeof message === 'string' ? `: ${message.slice(0, 300)}` : ''
  if (status === 401) return err(`the cluster does not know this host's credential (401)${words}`)
  if (status === 403) return err(`the cluster refused ${where} (403)${words}`)
  if (status === 404) return err(`the cluster has no ${where}`)
  if (status !== 200) return err(`the cluster answered HTTP ${status} for ${where}${words}`)
  const value = data?.[dataKey]
  if (typeof value !== 'string') {
    const names = Object.keys(data ?? {})
    return err(`${where} has no key ${dataKey}${names.length === 0 ? '' : ` (it has ${names.sort().join(', ')})`}`)
  }
  return ok(Buffer.from(value, 'base64').toString('utf8'))
}
