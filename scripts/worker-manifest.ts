// Writes down what wrangler.toml says about the Worker (bindings, objects, dates), so that the embedded host needs no wrangler to start it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface WranglerConfig {
  name: string
  compatibility_date: string
  compatibility_flags: string[]
  durable_objects: { bindings: { name: string; class_name: string }[] }
  r2_buckets: { binding: string; bucket_name?: string }[]
  vars: Record<string, unknown>
  assets?: { binding?: string; run_worker_first?: string[] | boolean }
}

/** Reads `<root>/wrangler.toml` and writes its runtime part as JSON to `file`. */
export async function writeWorkerManifest(root: string, file: string): Promise<void> {
  const { unstable_readConfig } = (await import('wrangler')) as unknown as {
    unstable_readConfig(args: { config: string }, options?: { hideWarnings: boolean }): WranglerConfig
  }
  const config = unstable_readConfig({ config: join(root, 'wrangler.toml') }, { hideWarnings: true })
  const manifest = {
    name: config.name,
    main: 'index.js',
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    objects: config.durable_objects.bindings.map(b => ({ binding: b.name, className: b.class_name })),
    buckets: config.r2_buckets.map(b => ({ binding: b.binding, name: b.bucket_name ?? b.binding.toLowerCase() })),
    vars: config.vars,
    assetsBinding: config.assets?.binding ?? null,
    runWorkerFirst: config.assets?.run_worker_first ?? false,
  }
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
}
