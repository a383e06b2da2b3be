// The spawner child: the only process that forks, kept small because fork costs in proportion to the parent's memory. It
// opens lanes; it holds no state that matters, so its death (or the agent's) harms no step. A lane and the agent talk over two
// named pipes, without this process between them; where none can be made, it relays their lines.
//
// In (stdin):   o <id> bash|sh   open a lane     r <id>         run its job (relayed lanes)   c <id>   close (it ends by itself)
//               k <id>           the agent has its ends of the pipes
// Out (stdout): f <id>           it is at <runtimeDir>/lane-<id>.in and .out                  p <id>   it is relayed
//               l <id> <line>    what a relayed lane said                                     e <id>   that lane is gone
//
// It is text for `node -e` because it has to work from source, from any bundle and from a test alike: a bundler may rename
// what a function refers to (esbuild's keepNames does).

import { LANE_SCRIPT, WRAPPER_SCRIPT } from './lane-script.ts'

const SPAWNER = String.raw`
'use strict'
const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const MAX_LINE = 65536
const lanes = new Map()
process.title = 'edgedag-spawner'
process.chdir('/')

const say = line => process.stdout.write(line + '\n')

function lines(stream, each) {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', chunk => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop()
    for (const part of parts) each(part)
    if (rest.length > MAX_LINE) rest = ''
  })
}

// Both pipes, with their other ends held here until the agent has taken them: a lane never waits for somebody who has died.
function makePipes(path) {
  try {
    execFileSync('mkfifo', ['-m', '600', path + '.in', path + '.out'], { stdio: 'ignore' })
    const { O_RDWR, O_RDONLY, O_NONBLOCK } = fs.constants
    const held = [fs.openSync(path + '.in', O_RDWR), fs.openSync(path + '.out', O_RDONLY | O_NONBLOCK)]
    return { end: () => held.splice(0).forEach(fd => fs.closeSync(fd)), write() {} }
  } catch {
    return undefined
  }
}

function open(id, shell) {
  const path = runtimeDir + '/notices-' + process.pid + '-' + id
  const job = runtimeDir + '/job-' + id
  const pipes = runtimeDir + '/lane-' + id
  let notices = -1
  let reader = -1
  let open = true
  const gone = () => {
    if (open) say('e ' + id)
    lanes.get(id)?.end()
    open = false
    lanes.delete(id)
  }
  try {
    notices = fs.openSync(path, 'ax', 0o600)
    reader = fs.openSync(path, 'r')
    const direct = shell === 'bash' ? makePipes(pipes) : undefined
    const [file, args] =
      shell === 'bash'
        ? ['bash', ['--noprofile', '--norc', '-c', laneScript, 'edgedag-lane', job, direct ? pipes : '']]
        : ['/bin/sh', ['-c', wrapperScript, 'edgedag-lane', job]]
    const stdio = direct ? ['ignore', 'ignore', notices, reader] : ['pipe', 'pipe', notices, reader]
    const child = spawn(file, args, { detached: true, cwd: '/', env: {}, stdio })
    child.on('error', gone)
    say((direct ? 'f ' : 'p ') + id)
    if (direct) {
      lanes.set(id, direct)
      child.on('exit', gone)
      return
    }
    child.stdin.on('error', () => {})
    child.stdout.on('close', gone)
    lines(child.stdout, line => say('l ' + id + ' ' + line))
    lanes.set(id, child.stdin)
  } catch {
    gone()
  } finally {
    for (const fd of [notices, reader]) if (fd >= 0) fs.closeSync(fd)
    fs.rmSync(path, { force: true })
  }
}

lines(process.stdin, line => {
  const [verb, id] = line.split(' ', 2)
  if (verb === 'o') open(id, line.slice(3 + id.length))
  else if (verb === 'r') lanes.get(id)?.write('\n')
  else if (verb === 'c' || verb === 'k') lanes.get(id)?.end()
})
process.stdin.on('end', () => process.exit(0))
process.stdin.on('error', () => process.exit(0))
process.stdout.on('error', () => process.exit(0))
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {})
`

/** The program of the child for `node -e`. `runtimeDir` has the lanes' jobs and their (at once unlinked) notice files. */
export function spawnerSource(runtimeDir: string): string {
  const values = { laneScript: LANE_SCRIPT, wrapperScript: WRAPPER_SCRIPT, runtimeDir }
  const constants = Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`)
  return constants.join('') + SPAWNER
}
