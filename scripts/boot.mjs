// Makes one command enough on a fresh clone: installs what the lockfile names when it changed, then runs the given
// TypeScript file on a Node that is new enough. Plain JavaScript for Node 18+, no dependencies, because nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const MIN_NODE = [22, 18]
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

const [major, minor] = process.versions.node.split('.').map(Number)
const isNewEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])
const bundled = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
const node = existsSync(bundled) ? bundled : isNewEnough ? process.execPath : undefined
if (node === undefined) {
  process.stderr.write(
    `edgedag: this needs Node ${MIN_NODE.join('.')} or newer, and there is no bundled Node for ${process.platform}-${process.arch}.\n` +
      `  You have ${process.version}. Install a newer Node (https://nodejs.org) and run this again.\n`,
  )
  process.exit(1)
}

// What serves for months is started with `--lean`: a third less memory for speed that it does not need.
const LEAN = ['--optimize-for-size', '--max-semi-space-size=1']
const words = process.argv.slice(2)
const isLean = words[0] === '--lean'
const [script, ...args] = isLean ? words.slice(1) : words
const flags = ['--disable-warning=ExperimentalWarning', ...(isLean ? LEAN : [])]
const child = spawn(node, [...flags, resolve(root, script), ...args], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: dirname(node) + delimiter + join(root, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? ''),
  },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0) : (code ?? 1)
})
