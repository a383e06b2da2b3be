// The spawner child: the only process that forks, kept small because fork costs in proportion to the parent's memory. It
// opens lanes and relays their lines; it holds no state that matters, so its death (or the agent's) harms no step.
//
// In (stdin):  o <id> bash|sh   open a lane     r <id> <dir>   run a job     c <id>   close (the lane ends by itself)
// Out (stdout): l <id> <line>   what a lane said                            e <id>   that lane is gone
//
// The function is sent as text to `node -e`, so it may use nothing but its parameter: that is what makes it work from
// source, from a bundle and from a test alike.

export interface SpawnerModules {
  require(name: 'node:child_process'): typeof import('node:child_process')
  require(name: 'node:fs'): typeof import('node:fs')
  laneScript: string
  wrapperScript: string
  /** Where lanes' unlinked notice files are made. */
  tmpDir: string
}

/** Runs until stdin ends. `bash` is looked up in the spawner's own PATH. */
export function spawnerMain(m: SpawnerModules): void {
  const { spawn } = m.require('node:child_process')
  const fs = m.require('node:fs')
  const MAX_LINE = 65536
  const lanes = new Map<string, import('node:stream').Writable>()
  process.title = 'edgedag-spawner'
  process.chdir('/')

  const say = (line: string): void => void process.stdout.write(`${line}\n`)

  const lines = (stream: NodeJS.ReadableStream, each: (line: string) => void): void => {
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string | Buffer) => {
      const parts = (rest + String(chunk)).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) each(part)
      if (rest.length > MAX_LINE) rest = ''
    })
  }

  const open = (id: string, shell: string): void => {
    const path = `${m.tmpDir}/.lane-${process.pid}-${id}`
    let notices = -1
    let reader = -1
    const gone = (): void => {
      if (lanes.delete(id)) say(`e ${id}`)
    }
    try {
      notices = fs.openSync(path, 'ax', 0o600)
      reader = fs.openSync(path, 'r')
      const [file, args] =
        shell === 'bash'
          ? ['bash', ['--noprofile', '--norc', '-c', m.laneScript, 'edgedag-lane']]
          : ['/bin/sh', ['-c', m.wrapperScript, 'edgedag-lane']]
      const stdio: ('pipe' | number)[] = ['pipe', 'pipe', notices, reader]
      const child = spawn(file as string, args as string[], { detached: true, cwd: '/', env: {}, stdio })
      const { stdin, stdout } = child
      if (!stdin || !stdout) throw new Error('no pipes')
      lanes.set(id, stdin)
      stdin.on('error', () => {})
      lines(stdout, line => say(`l ${id} ${line}`))
      stdout.on('close', gone)
      child.on('error', gone)
    } catch {
      lanes.set(id, process.stdout)
      gone()
    } finally {
      for (const fd of [notices, reader]) if (fd >= 0) fs.closeSync(fd)
      fs.rmSync(path, { force: true })
    }
  }

  lines(process.stdin, line => {
    const [verb, id = ''] = line.split(' ', 2)
    const rest = line.slice(3 + id.length)
    if (verb === 'o') open(id, rest)
    else if (verb === 'r') lanes.get(id)?.write(`${rest}\n`)
    else if (verb === 'c') lanes.get(id)?.end()
  })
  process.stdin.on('end', () => process.exit(0))
  process.stdin.on('error', () => process.exit(0))
  process.stdout.on('error', () => process.exit(0))
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
}
