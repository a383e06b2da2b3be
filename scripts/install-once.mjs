// Installs what the lockfile names when it changed. Promise: however many commands start at once, one installs and the others
// wait for it. Plain JavaScript without dependencies: nothing is installed yet.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const POLL_MS = 250

const pause = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Takes the lock file; false: somebody else who lives has it. One whose owner has died is taken over. */
function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const owner = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0
  // An empty file is one that is being written.
  if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true })
  return false
}

/** Makes `node_modules` of the clone at `root` what its lockfile says; ends the process where that fails. */
export function installOnce(root) {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.boot-stamp')
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
  if (isInstalled()) return
  const lock = join(root, '.boot-lock')
  while (!take(lock)) {
    pause(POLL_MS)
    if (isInstalled()) return
  }
  try {
    if (isInstalled()) return
    install(root)
    mkdirSync(join(root, 'node_modules'), { recursive: true })
    writeFileSync(stamp, hash)
  } finally {
    rmSync(lock, { force: true })
  }
}

function install(root) {
  process.stderr.write('edgedag: installing dependencies (once, from the lockfile) …\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync(npm, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  process.stderr.write(
    'edgedag: npm ci failed; see its message above. Check the network or the npm registry setting and run this again.\n',
  )
  rmSync(join(root, '.boot-lock'), { force: true })
  process.exit(status ?? 1)
}
