// The Worker: the API and dashboard, the objects, and the minutely sweep.
import { createApi } from './api/app.ts'
import { insistOnDescription } from './api/check-answer.ts'
import type { ApiDeps } from './api/deps.ts'
import { compressed } from './host/compression.ts'
import { durableObject } from './host/workerd.ts'
import { workerBlobs } from './host/workerd-blobs.ts'
import { type Env, objectOf, readSettings, stubOf } from './host/workerd-env.ts'
import { SINGLETON } from './objects/contracts.ts'
import { OBJECT_CLASSES } from './objects/registry.ts'

export const Directory = durableObject('directory', OBJECT_CLASSES.directory)
export const Index = durableObject('index', OBJECT_CLASSES.index)
export const Dag = durableObject('dag', OBJECT_CLASSES.dag)
export const Queue = durableObject('queue', OBJECT_CLASSES.queue)
export const Run = durableObject('run', OBJECT_CLASSES.run)
export const Runner = durableObject('runner', OBJECT_CLASSES.runner)
export const Vault = durableObject('vault', OBJECT_CLASSES.vault)
export const Alerts = durableObject('alerts', OBJECT_CLASSES.alerts)
export const EdgeRunner = durableObject('edge', OBJECT_CLASSES.edge)
export const Fleet = durableObject('fleet', OBJECT_CLASSES.fleet)

type Api = ReturnType<typeof createApi>
let api: { env: Env; app: Api } | undefined

function depsOf(env: Env): ApiDeps {
  return {
    object: (kind, name) => stubOf(env, kind, name),
    fetchObject: (kind, name, request) => objectOf(env, kind, name).fetch(request),
    blobs: workerBlobs(env.BLOBS),
    settings: readSettings(env),
    now: () => Date.now(),
    randomHex: length => {
      const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(length / 2)))
      return Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
        .join('')
        .slice(0, length)
    },
    pause: ms => scheduler.wait(ms),
    log: (message, error) => console.error(message, error),
    ...(env.EDGEDAG_TOKEN ? { bootstrapToken: env.EDGEDAG_TOKEN } : {}),
    ...(env.DAG_FOLDER === undefined ? {} : { dagFolder: env.DAG_FOLDER }),
    ...(env.CHECK_ANSWERS ? { checkAnswer: insistOnDescription } : {}),
    ...(env.ASSETS === undefined ? {} : { assets: env.ASSETS }),
  }
}

function serve(request: Request, env: Env): Response | Promise<Response> {
  if (api?.env !== env) api = { env, app: createApi(depsOf(env)) }
  return api.app.fetch(request)
}

/** The side of the Worker that the embedded host listens on: without the platform's proxies and files before it. */
export const Direct: ExportedHandler<Env> = {
  async fetch(request, env) {
    return compressed(request, await serve(request, env))
  },
}

export default {
  fetch: serve,
  async scheduled(_controller, env) {
    await Promise.all([stubOf(env, 'directory', SINGLETON).sweep(), stubOf(env, 'alerts', SINGLETON).sweep()])
  },
} satisfies ExportedHandler<Env>
