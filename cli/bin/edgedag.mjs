#!/usr/bin/env node
// `npx edgedag` in a clone: the built CLI on a Node that is new enough; built first when it is missing.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const boot = join(root, 'scripts/boot.mjs')
const main = join(root, 'dist/cli/main.mjs')
if (!existsSync(main) || !existsSync(join(root, 'dist/worker/index.js'))) {
  const built = spawnSync(process.execPath, [boot, 'scripts/build.ts'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (built.status !== 0) process.exit(built.status ?? 1)
}
process.argv.splice(2, 0, '--lean', main)
await import(pathToFileURL(boot).href)
