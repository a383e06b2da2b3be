// Runs a program of ours on a Node that is new enough: the one that came with the installation, else the system's. Plain
// JavaScript for Node 18+ without dependencies: it runs before anything is installed, and on systems with an older Node.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

const MIN_NODE = [22, 18]

/** What serves for months is started lean: a third less memory for speed that it does not need. */
export const LEAN = ['--optimize-for-size', '--max-semi-space-size=1']

/** One heap for all threads, and what a program was compiled from goes back to the system. */
const ALLOCATOR = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '32768' }

/** What a lean process is started with besides. `EDGEDAG_OWN_ENV` names what is ours in it: no step may see that (runner-agent/host-environment.ts). */
export function leanEnvironment(env) {
  const own = Object.entries(ALLOCATOR).filter(([name]) => env[name] === undefined)
  return own.length === 0 ? {} : { ...Object.fromEntries(own), EDGEDAG_OWN_ENV: own.map(([name]) => name).join(',') }
}

/** Path of a Node for this system, or undefined. */
function findNode(root) {
  const name = `node-${process.platform}-${process.arch}`
  try {
    const bundled = join(
      dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)),
      'bin',
      'node',
    )
    if (existsSync(bundled)) return bundled
  } catch {
    // There is none for this system: its own will do if it is new enough.
  }
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]) ? process.execPath : undefined
}

/** Replaces this process, as far as Node can: the same streams and signals, and the exit code of the program. */
export function runOnNode({ root, script, args, lean }) {
  const node = findNode(root)
  if (node === undefined) {
    process.stderr.write(
      `edgedag: this needs Node ${MIN_NODE.join('.')} or newer, and there is no bundled Node for ${process.platform}-${process.arch}.\n` +
        `  You have ${process.version}. Install a newer Node (https://nodejs.org) and run this again.\n`,
    )
    process.exit(1)
  }
  const flags = ['--disable-warning=ExperimentalWarning', ...(lean ? LEAN : [])]
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter)
  const env = { ...process.env, ...(lean ? leanEnvironment(process.env) : {}), PATH: path }
  const child = spawn(node, [...flags, script, ...args], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0) : (code ?? 1)
  })
}
