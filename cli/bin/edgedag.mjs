#!/usr/bin/env node
// The `edgedag` command, in a clone (built first where that is missing) and in the installed package.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runOnNode } from './node-runtime.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const boot = join(root, 'scripts/boot.mjs')
const script = join(root, 'dist/cli/main.mjs')
if (!existsSync(boot)) {
  runOnNode({ root, script, args: process.argv.slice(2), lean: true })
} else {
  if (!existsSync(script) || !existsSync(join(root, 'dist/worker/index.js'))) {
    const built = spawnSync(process.execPath, [boot, 'scripts/build.ts'], { cwd: root, stdio: ['ignore', 2, 2] })
    if (built.status !== 0) process.exit(built.status ?? 1)
  }
  process.argv.splice(2, 0, '--lean', script)
  await import(pathToFileURL(boot).href)
}
