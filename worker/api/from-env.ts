// The API on the bindings of the Worker. Promise: one app per isolate, made at the first request.
import type { Blobs } from '../host/port.ts'
import { type Env, readSettings, stubOf } from '../host/workerd-env.ts'
import { createApi } from './app.ts'
import type { ApiDeps } from './deps.ts'

function blobsOf(bucket: R2Bucket): Blobs {
  return {
    async put(key, body) {
      return (await bucket.put(key, body, { onlyIf: { etagDoesNotMatch: '*' } })) !== null
    },
    async get(key, range) {
      const found = await bucket.get(key, range === undefined ? {} : { range })
      return found === null ? null : found.arrayBuffer()
    },
    delete: keys => bucket.delete(keys),
  }
}

function randomHex(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(length / 2)))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, length)
}

/** What the API needs, from the Worker's bindings. */
export function depsFromEnv(env: Env): ApiDeps {
  return {
    object: (kind, name) => stubOf(env, kind, name),
    fetchObject: (kind, name, request) => (stubOf(env, kind, name) as unknown as Fetcher).fetch(request),
    blobs: blobsOf(env.BLOBS),
    settings: readSettings(env),
    now: () => Date.now(),
    randomHex,
    pause: ms => scheduler.wait(ms),
    log: (message, error) => console.error(message, error),
    ...(env.EDGEDAG_TOKEN === undefined ? {} : { bootstrapToken: env.EDGEDAG_TOKEN }),
    ...(env.DAG_FOLDER === undefined ? {} : { dagFolder: env.DAG_FOLDER }),
    ...(env.ASSETS === undefined ? {} : { assets: env.ASSETS }),
  }
}

let app: ReturnType<typeof createApi> | undefined

/** `fetch` of the Worker: `export default { fetch: handleRequest, ... }`. */
export function handleRequest(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
  app ??= createApi(depsFromEnv(env))
  return app.fetch(request, env, ctx)
}
