// `npm run package`: the two npm packages, made from the build: `edgedag` (the product for one machine, and the command for any
// server) and `edgedag-agent` (the runner agent alone: one file, no dependencies). Their tarballs go to dist/npm.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildAll, dist, root } from './build.ts'

interface Package {
  name: string
  /** Copied from the clone: paths below the root, or [from, to]. */
  files: (string | [from: string, to: string])[]
  manifest: Record<string, unknown>
}

const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'))

/** What both say of themselves; the version is the clone's. */
function common() {
  const { version, license } = read('package.json')
  return { version, license, type: 'module', keywords: ['workflow', 'dag', 'scheduler', 'cron', 'dagu', 'cloudflare'] }
}

function packages(): Package[] {
  const { description, optionalDependencies } = read('package.json')
  const { dependencies } = read('cli/package.json')
  return [
    {
      name: 'edgedag',
      files: [
        'README.md',
        'LICENSE',
        'cli/bin',
        'dist/cli',
        'dist/agent',
        'dist/ui',
        'dist/worker/index.js',
        'dist/worker/manifest.json',
        'examples',
        ['ui/public/schemas', 'schemas'],
      ],
      manifest: {
        description,
        bin: { edgedag: 'cli/bin/edgedag.mjs' },
        exports: { './schemas/dag.schema.json': './schemas/dag.schema.json', './package.json': './package.json' },
        engines: { node: '>=20' },
        // The rest is in the bundles.
        dependencies: { miniflare: dependencies.miniflare },
        optionalDependencies,
      },
    },
    {
      name: 'edgedag-agent',
      files: ['LICENSE', ['runner-agent/bin', 'bin'], ['dist/agent', 'agent']],
      manifest: {
        description:
          'The runner agent of Edgedag: dials out to the control plane, and runs the steps of workflows on this host.',
        bin: { 'edgedag-agent': 'bin/edgedag-agent.mjs' },
        engines: { node: '>=20' },
      },
    },
  ]
}

/** Makes the folder of a package and its tarball; answers the tarball's path. */
function pack({ name, files, manifest }: Package): string {
  const out = join(dist, 'npm')
  const folder = join(out, name)
  rmSync(folder, { recursive: true, force: true })
  for (const entry of files) {
    const [from, to] = typeof entry === 'string' ? [entry, entry] : entry
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    cpSync(join(root, from), join(folder, to), { recursive: true })
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, ...common(), ...manifest }, null, 2)}\n`)
  const answer = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', out], {
    cwd: folder,
    encoding: 'utf8',
  })
  return join(out, (JSON.parse(answer) as { filename: string }[])[0]?.filename ?? '')
}

/** Builds what is missing, then makes both packages; answers the paths of their tarballs. */
export async function packageAll(say: (line: string) => void): Promise<string[]> {
  await buildAll(say)
  return packages().map(pack)
}

if (import.meta.main)
  for (const path of await packageAll(line => process.stderr.write(`edgedag: ${line}\n`))) console.log(path)
