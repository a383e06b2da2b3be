// How this host reaches a cluster: a kubeconfig file, or the service account of the pod that it runs in.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { HostEnv } from '@edgedag/core/expr/run-scope'
import { err, ok, type Result } from '@edgedag/core/result'
import { parse as parseYaml } from 'yaml'
import type { TlsOptions } from './http.ts'
import { ourSetting, readNamed } from './settings.ts'

export interface Cluster {
  server: URL
  namespace: string
  headers: Record<string, string>
  tls: TlsOptions
}

export interface ClusterChoice {
  kubeconfig?: string
  context?: string
  env: HostEnv
}

const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount'
const EXEC_MS = 30_000

/** An explicit file, else KUBECONFIG, else the pod's service account, else ~/.kube/config. */
export const findCluster = async (choice: ClusterChoice): Promise<Result<Cluster, string>> => {
  const { env } = choice
  const named =
    choice.kubeconfig ?? ourSetting(env, 'SECRETS_KUBERNETES_KUBECONFIG') ?? env.KUBECONFIG?.split(':').find(Boolean)
  if (named !== undefined) return fromFile(named, choice)
  if (env.KUBERNETES_SERVICE_HOST) return inCluster(env)
  const usual = join(env.HOME ?? homedir(), '.kube/config')
  if (existsSync(usual)) return fromFile(usual, choice)
  return err('this host knows no cluster: set KUBECONFIG for its agent, or run it in a pod')
}

function inCluster(env: HostEnv): Result<Cluster, string> {
  const dir = ourSetting(env, 'SERVICE_ACCOUNT_DIR') ?? IN_CLUSTER
  const token = readNamed(join(dir, 'token'), 'the token of the service account')
  const ca = readNamed(join(dir, 'ca.crt'), 'the certificate of the cluster')
  if (!token.ok || !ca.ok) return token.ok ? (ca as { ok: false; error: string }) : token
  const namespace = readNamed(join(dir, 'namespace'), 'the namespace of the service account')
  const host = env.KUBERNETES_SERVICE_HOST ?? ''
  const port = env.KUBERNETES_SERVICE_PORT ?? '443'
  return ok({
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    namespace: namespace.ok ? namespace.value.trim() : 'default',
    headers: { authorization: `Bearer ${token.value.trim()}` },
    tls: { ca: ca.value },
  })
}

type Fields = Record<string, unknown>
const text = (fields: Fields, name: string): string | undefined =>
  typeof fields[name] === 'string' && fields[name] !== '' ? (fields[name] as string) : undefined

async function fromFile(path: string, { context: wanted, env }: ClusterChoice): Promise<Result<Cluster, string>> {
  const read = readNamed(path, 'the kubeconfig')
  if (!read.ok) return read
  let config: Fields
  try {
    config = (parseYaml(read.value, { maxAliasCount: 100 }) ?? {}) as Fields
  } catch (error) {
    return err(`the kubeconfig ${path} is not valid: ${(error as Error).message.split('\n')[0]}`)
  }
  const name = wanted ?? ourSetting(env, 'SECRETS_KUBERNETES_CONTEXT') ?? text(config, 'current-context')
  if (name === undefined) return err(`the kubeconfig ${path} has no current-context: name one in options.context`)
  const context = member(config, 'contexts', name, 'context')
  if (context === undefined) return err(`the kubeconfig ${path} has no context ${name}`)
  const cluster = member(config, 'clusters', text(context, 'cluster') ?? '', 'cluster')
  const server = text(cluster ?? {}, 'server')
  if (cluster === undefined || server === undefined || !URL.canParse(server))
    return err(`the kubeconfig ${path} has no server for context ${name}`)
  const user = member(config, 'users', text(context, 'user') ?? '', 'user') ?? {}
  const base = dirname(path)
  const trust = clusterTls(cluster, base)
  if (!trust.ok) return trust
  const credential = await credentialOf(user, base, env)
  if (!credential.ok) return credential
  return ok({
    server: new URL(server),
    namespace: text(context, 'namespace') ?? 'default',
    headers: credential.value.headers,
    tls: { ...trust.value, ...credential.value.tls },
  })
}

function member(config: Fields, list: string, name: string, kind: string): Fields | undefined {
  const all = Array.isArray(config[list]) ? (config[list] as Fields[]) : []
  const found = all.find(each => each?.name === name)?.[kind]
  return typeof found === 'object' && found !== null ? (found as Fields) : undefined
}

/** PEM from `<name>-data` (base64) or the file that `<name>` names. */
function pem(fields: Fields, name: string, base: string): Result<string | undefined, string> {
  const data = text(fields, `${name}-data`)
  if (data !== undefined) return ok(Buffer.from(data, 'base64').toString('utf8'))
  const path = text(fields, name)
  return path === undefined ? ok(undefined) : readNamed(resolve(base, path), `the kubeconfig’s ${name}`)
}

function clusterTls(cluster: Fields, base: string): Result<TlsOptions, string> {
  const ca = pem(cluster, 'certificate-authority', base)
  if (!ca.ok) return ca
  const serverName = text(cluster, 'tls-server-name')
  return ok({
    ...(ca.value === undefined ? {} : { ca: ca.value }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { insecure: true } : {}),
  })
}

type Credential = Pick<Cluster, 'headers' | 'tls'>

async function credentialOf(user: Fields, base: string, env: HostEnv): Promise<Result<Credential, string>> {
  const cert = pem(user, 'client-certificate', base)
  if (!cert.ok) return cert
  const key = pem(user, 'client-key', base)
  if (!key.ok) return key
  const tls: TlsOptions = {
    ...(cert.value === undefined ? {} : { cert: cert.value }),
    ...(key.value === undefined ? {} : { key: key.value }),
  }
  const tokenFile = text(user, 'tokenFile')
  const fromFile =
    tokenFile === undefined ? ok(text(user, 'token')) : readNamed(resolve(base, tokenFile), 'the token file')
  if (!fromFile.ok) return fromFile
  if (fromFile.value !== undefined) return ok({ tls, headers: { authorization: `Bearer ${fromFile.value.trim()}` } })
  const username = text(user, 'username')
  if (username !== undefined) {
    const basic = Buffer.from(`${username}:${text(user, 'password') ?? ''}`).toString('base64')
    return ok({ tls, headers: { authorization: `Basic ${basic}` } })
  }
  if (typeof user.exec === 'object' && user.exec !== null) return fromCommand(user.exec as Fields, env)
  return ok({ tls, headers: {} })
}

/** Credential plugins: a command that prints an ExecCredential. */
async function fromCommand(exec: Fields, env: HostEnv): Promise<Result<Credential, string>> {
  const command = text(exec, 'command') ?? ''
  const args = Array.isArray(exec.args) ? exec.args.map(String) : []
  const extra = Array.isArray(exec.env) ? (exec.env as { name?: string; value?: string }[]) : []
  const info = { apiVersion: text(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1', kind: 'ExecCredential' }
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      timeout: EXEC_MS,
      env: {
        ...env,
        KUBERNETES_EXEC_INFO: JSON.stringify({ ...info, spec: { interactive: false } }),
        ...Object.fromEntries(extra.map(({ name = '', value = '' }) => [name, value])),
      } as NodeJS.ProcessEnv,
    })
    const status = ((JSON.parse(stdout) as Fields).status ?? {}) as Fields
    const token = text(status, 'token')
    const cert = text(status, 'clientCertificateData')
    const key = text(status, 'clientKeyData')
    return ok({
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      tls: { ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) },
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return err(`the kubeconfig’s command ${command} gave no credential (${code ?? 'its output is no ExecCredential'})`)
  }
}
