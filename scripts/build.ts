// Builds what is missing or older than its sources: the Worker bundle (by wrangler, as it would be deployed), the agent, the CLI, the dashboard.
// A stamp with the hash of a target's inputs makes the second build free.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build as esbuild } from 'esbuild'
import { COMPACT, compactFile, compactMiniflare } from './compact.ts'
import { writeWorkerManifest } from './worker-manifest.ts'

const run = promisify(execFile)
export const root = join(import.meta.dirname, '..')
export const dist = join(root, 'dist')

interface Target {
  name: string
  /** Files and folders below the root whose content decides whether it is up to date. */
  inputs: string[]
  /** A file that exists when it was built. */
  output: string
  build(): Promise<void>
}

const TARGETS: Target[] = [
  {
    name: 'control plane',
    inputs: ['core', 'steps', 'worker', 'wrangler.toml', 'package-lock.json'],
    output: 'dist/worker/index.js',
    build: buildWorker,
  },
  {
    name: 'runner agent and CLI',
    inputs: ['core', 'steps', 'runner-agent', 'cli', 'package-lock.json'],
    output: 'dist/cli/main.mjs',
    build: buildNode,
  },
  {
    name: 'dashboard',
    inputs: ['core', 'ui', 'package-lock.json'],
    output: 'dist/ui/index.html',
    build: buildUi,
  },
]

const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  // Its logs and settings: a user who builds need not have a home that can be written.
  XDG_CONFIG_HOME: join(dist, '.config'),
}

async function buildWorker(): Promise<void> {
  mkdirSync(join(dist, 'ui'), { recursive: true })
  await run(
    process.execPath,
    [join(root, 'node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', 'dist/worker'],
    { cwd: root, env: { ...process.env, ...QUIET } },
  )
  await compactFile(join(dist, 'worker/index.js'))
  await writeWorkerManifest(root, join(dist, 'worker/manifest.json'))
}

async function buildNode(): Promise<void> {
  const common = {
    ...COMPACT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  } as const
  // Bundled CommonJS dependencies (ws) call require() for Node's own modules.
  const banner = {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  }
  // Chunks are named by their content: those of earlier builds would stay for ever.
  rmSync(join(dist, 'cli'), { recursive: true, force: true })
  await Promise.all([
    esbuild({
      ...common,
      banner,
      entryPoints: [join(root, 'runner-agent/main.ts')],
      outfile: join(dist, 'agent/main.mjs'),
    }),
    esbuild({
      ...common,
      banner,
      entryPoints: { main: join(root, 'cli/main.ts'), 'npm-start': join(root, 'cli/npm-start.ts') },
      outdir: join(dist, 'cli'),
      outExtension: { '.js': '.mjs' },
      splitting: true,
      external: ['miniflare'],
    }),
  ])
  await compactMiniflare(root, join(dist, 'cli'))
}

async function buildUi(): Promise<void> {
  const vite = pathToFileURL(join(root, 'node_modules/vite/dist/node/index.js')).href
  const { build } = (await import(vite)) as { build(options: object): Promise<unknown> }
  // Inside a test runner it says `test`, and the dashboard would be built with its libraries' development code.
  process.env.NODE_ENV = 'production'
  await build({ root: join(root, 'ui'), logLevel: 'warn', build: { outDir: join(dist, 'ui'), emptyOutDir: true } })
  await run(process.execPath, [join(root, 'ui/scripts/check-size.ts')], { cwd: join(root, 'ui') })
}

function* filesBelow(path: string): Generator<string> {
  const full = join(root, path)
  if (!existsSync(full)) return
  const entries = (() => {
    try {
      return readdirSync(full, { withFileTypes: true })
    } catch {
      return undefined
    }
  })()
  if (entries === undefined) return void (yield full)
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.endsWith('.test.ts')) continue
    if (entry.isDirectory()) yield* filesBelow(join(path, entry.name))
    else if (entry.isFile()) yield join(full, entry.name)
  }
}

function hashInputs(inputs: string[]): string {
  const hash = createHash('sha256')
  for (const input of ['scripts/build.ts', 'scripts/compact.ts', 'scripts/worker-manifest.ts', ...inputs]) {
    for (const file of filesBelow(input))
      hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

/** Builds the targets that are not up to date. `say` gets one line per target that is built, with the seconds it took. */
export async function buildAll(say: (line: string) => void, only?: string[]): Promise<void> {
  for (const target of TARGETS) {
    if (only && !only.includes(target.name)) continue
    const stamp = join(dist, `.${target.name.replaceAll(' ', '-')}.stamp`)
    const hash = hashInputs(target.inputs)
    if (existsSync(join(root, target.output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) continue
    const from = performance.now()
    await target.build()
    mkdirSync(dist, { recursive: true })
    writeFileSync(stamp, hash)
    say(`built the ${target.name} in ${((performance.now() - from) / 1000).toFixed(1)} s`)
  }
}

if (import.meta.main) {
  await buildAll(line => process.stderr.write(`edgedag: ${line}\n`)).catch((error: Error & { stderr?: string }) => {
    process.stderr.write(`edgedag: the build failed.\n${error.stderr || error.stack}\n`)
    process.exitCode = 1
  })
}
