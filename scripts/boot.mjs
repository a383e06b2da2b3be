// Makes one command enough on a fresh clone: installs what the lockfile names when it changed, then runs the given
// TypeScript file on a Node that is new enough. Plain JavaScript for Node 18+, no dependencies, because nothing is installed yet.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOnNode } from '../cli/bin/node-runtime.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const lockHash = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const stamp = join(root, 'node_modules', '.boot-stamp')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockHash) {
  process.stderr.write('edgedag: installing dependencies (once, from the lockfile) …\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const done = spawnSync(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (done.status !== 0) {
    process.stderr.write(
      'edgedag: npm ci failed; see its message above. Check the network or the npm registry setting and run this again.\n',
    )
    process.exit(done.status ?? 1)
  }
  writeFileSync(stamp, lockHash)
}

const words = process.argv.slice(2)
const lean = words[0] === '--lean'
const [script, ...args] = lean ? words.slice(1) : words
runOnNode({ root, script: resolve(root, script), args, lean })
