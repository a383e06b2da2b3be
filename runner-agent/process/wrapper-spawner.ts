// The spawner where lanes cannot be: a Node that opens one wrapper a step in a POSIX sh, and relays its lines. It is kept small,
// because fork costs in proportion to the parent's memory, and holds no state that matters: its death harms no step.
//
// In (stdin):   o <id>   open a wrapper     r <id>          run its job     c <id>   close (it ends by itself)
// Out (stdout): p <id>   it is relayed      l <id> <line>   what it said    e <id>   it is gone
//
// It is text for `node -e` because it has to work from source, from any bundle and from a test alike: a bundler may rename
// what a function refers to (esbuild's keepNames does).

import { WRAPPER_SCRIPT } from './lane-script.ts'

const SPAWNER = String.raw`
'use strict'
const { spawn } = require('node:child_process')
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

function open(id) {
  const path = runtimeDir + '/notices-' + process.pid + '-' + id
  const job = runtimeDir + '/job-' + id
  let notices = -1
  let reader = -1
  let open = true
  const gone = () => {
    if (open) say('e ' + id)
    open = false
    lanes.delete(id)
  }
  try {
    notices = fs.openSync(path, 'ax', 0o600)
    reader = fs.openSync(path, 'r')
    const args = ['-c', wrapperScript, 'edgedag-lane', job]
    const stdio = ['pipe', 'pipe', notices, reader]
    const child = spawn('/bin/sh', args, { detached: true, cwd: '/', env: {}, stdio })
    child.on('error', gone)
    say('p ' + id)
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
  if (verb === 'o') open(id)
  else if (verb === 'r') lanes.get(id)?.write('\n')
  else if (verb === 'c') lanes.get(id)?.end()
})
process.stdin.on('end', () => process.exit(0))
process.stdin.on('error', () => process.exit(0))
process.stdout.on('error', () => process.exit(0))
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {})
`

const NODE_FLAGS = ['--jitless', '--max-old-space-size=32', '--max-semi-space-size=1', '--input-type=commonjs']

/** Arguments of a `node` that opens wrappers. `runtimeDir` has their jobs and their (at once unlinked) notice files. */
export function wrapperSpawnerArguments(runtimeDir: string): string[] {
  const values = { wrapperScript: WRAPPER_SCRIPT, runtimeDir }
  const constants = Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`)
  return [...NODE_FLAGS, '-e', constants.join('') + SPAWNER]
}
