// Stores for tests, speaking the documented protocols over real sockets: Vault's KV (versions 1 and 2, token, AppRole, namespaces) and
// the Secrets of a Kubernetes API, with TLS where a test asks for it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'

export interface TestStore {
  url: string
  port: number
  /** `METHOD path` of every request. */
  asked: string[]
  close(): Promise<void>
}

type Handler = (request: IncomingMessage, body: string) => { status: number; json: unknown }

const serve = async (handler: Handler, tls?: { dir: string; clientCerts?: boolean }): Promise<TestStore> => {
  const asked: string[] = []
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(`${request.method} ${request.url}`)
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { status, json } = handler(request, body)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    })
  }
  const file = (name: string) => readFileSync(join(tls!.dir, name))
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer(
          {
            key: file('server.key'),
            cert: file('server.crt'),
            ca: file('ca.crt'),
            requestCert: tls.clientCerts === true,
            rejectUnauthorized: false,
          },
          listener,
        )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** A CA, a server certificate for 127.0.0.1 and a client certificate, as PEM files in `dir`. */
export const makeCertificates = (dir: string): void => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=test-ca')
  for (const [name, subject] of [
    ['server', '/CN=server'],
    ['client', '/CN=runner'],
  ] as const) {
    openssl('req', ...ec, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject)
    const issue = [
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
    ]
    execFileSync('sh', ['-c', `echo subjectAltName=IP:127.0.0.1 > ${name}.ext`], { cwd: dir })
    openssl(...issue, '-extfile', `${name}.ext`, '-out', `${name}.crt`)
  }
}

export interface VaultFacts {
  /** By namespace and path below the mount `secret` (version 2). */
  kv2?: Record<string, Record<string, unknown>[]>
  /** By path below the mount `old` (version 1). */
  kv1?: Record<string, Record<string, unknown>>
  token: string
  role?: { id: string; secret: string; seconds: number }
  namespace?: string
}

/** KV versions 1 and 2 as the API documents them; tokens of AppRole logins count, and are counted. */
export const openVault = (facts: VaultFacts, tls?: { dir: string }): Promise<TestStore & { logins: () => number }> => {
  const tokens = new Set([facts.token])
  let logins = 0
  const error = (status: number, ...errors: string[]) => ({ status, json: { errors } })
  const handler: Handler = (request, body) => {
    const url = new URL(request.url ?? '/', 'http://vault')
    if ((request.headers['x-vault-namespace'] ?? undefined) !== facts.namespace)
      return error(404, 'no handler for route')
    if (request.method === 'POST' && url.pathname === '/v1/auth/approle/login') {
      const given = JSON.parse(body) as { role_id: string; secret_id: string }
      if (given.role_id !== facts.role?.id || given.secret_id !== facts.role.secret)
        return error(400, 'invalid role or secret ID')
      const token = `login-${++logins}`
      tokens.add(token)
      return { status: 200, json: { auth: { client_token: token, lease_duration: facts.role.seconds } } }
    }
    if (!tokens.has(String(request.headers['x-vault-token']))) return error(403, 'permission denied')
    const old = /^\/v1\/old\/(.+)$/.exec(url.pathname)?.[1]
    if (old !== undefined) {
      const data = facts.kv1?.[decodeURIComponent(old)]
      return data === undefined ? error(404) : { status: 200, json: { data } }
    }
    const path = /^\/v1\/secret\/data\/(.+)$/.exec(url.pathname)?.[1]
    if (path === undefined) return error(404, 'no handler for route')
    const versions = facts.kv2?.[decodeURIComponent(path)] ?? []
    const version = Number(url.searchParams.get('version') ?? versions.length)
    const data = versions[version - 1]
    if (data === undefined) return error(404)
    const metadata = { version, destroyed: false, deletion_time: '' }
    return { status: 200, json: { data: { data, metadata } } }
  }
  return serve(handler, tls).then(store => ({ ...store, logins: () => logins }))
}

export interface ClusterFacts {
  /** Base64 values by `namespace/name`. */
  secrets: Record<string, Record<string, string>>
  token: string
  /** Common name of a client certificate that is let in. */
  client?: string
  forbidden?: string
}

export const openCluster = (facts: ClusterFacts, tls?: { dir: string }): Promise<TestStore> => {
  const status = (code: number, message: string) => ({ status: code, json: { kind: 'Status', code, message } })
  const handler: Handler = request => {
    const peer = tls === undefined ? undefined : (request.socket as TLSSocket).getPeerCertificate().subject?.CN
    const known =
      request.headers.authorization === `Bearer ${facts.token}` || (peer !== undefined && peer === facts.client)
    if (!known) return status(401, 'Unauthorized')
    const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(request.url ?? '') ?? []
    const key = `${namespace}/${name}`
    if (key === facts.forbidden)
      return status(403, `secrets "${name}" is forbidden: User "runner" cannot get resource "secrets"`)
    const data = facts.secrets[key]
    if (data === undefined) return status(404, `secrets "${name}" not found`)
    return { status: 200, json: { kind: 'Secret', metadata: { namespace, name }, data } }
  }
  return serve(handler, tls && { ...tls, clientCerts: true })
}
