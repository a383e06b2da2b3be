import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isAlive } from './proc.ts'
import { ProcessHost } from './process-host.ts'
import { stopStep } from './stop.ts'
import { makeFolder, readOut, stepRequest, until } from './testing.ts'

const folder = makeFolder()
const hosts = { bash: new ProcessHost({ shell: 'bash' }), sh: new ProcessHost({ shell: 'sh' }) }
afterAll(async () => {
  await Promise.all([hosts.bash.close(), hosts.sh.close()])
  folder.remove()
})

describe.each(['bash', 'sh'] as const)('stopping a step under %s', shell => {
  /** Starts `script`, and resolves when it has created the file `ready`. */
  const start = async (script: string) => {
    const request = stepRequest(folder.path, ['bash', '-c', script])
    mkdirSync(request.dir)
    const handle = hosts[shell].startStep({ ...request, cwd: request.dir })
    const identity = (await handle.started)!
    await until(() => existsSync(join(request.dir, 'ready')))
    return { request, handle, identity }
  }

  it('ends one that listens without force, with the code it chooses', async () => {
    const { request, handle, identity } = await start(
      'trap "echo bye; exit 4" TERM; touch ready; while :; do sleep 0.01; done',
    )
    expect(await stopStep(request.key, identity)).toEqual({ killed: false, survivors: [] })
    expect(await handle.exited).toEqual({ exitCode: 4 })
    expect(readOut(request)).toBe('bye\n')
  })

  it('sends the signal it is given', async () => {
    const { request, handle, identity } = await start('trap "exit 5" USR2; touch ready; while :; do sleep 0.01; done')
    await stopStep(request.key, identity, { signal: 'SIGUSR2' })
    expect(await handle.exited).toEqual({ exitCode: 5 })
  })

  it('sends it again and again to one that needs two', async () => {
    const script = 'n=0; trap "n=\\$((n+1)); [ \\$n = 2 ] && exit 6" TERM; touch ready; while :; do sleep 0.01; done'
    const { request, handle, identity } = await start(script)
    await stopStep(request.key, identity, { resendMs: 50 })
    expect(await handle.exited).toEqual({ exitCode: 6 })
  })

  it('kills one that ignores it', async () => {
    const { request, handle, identity } = await start('trap "" TERM; touch ready; while :; do sleep 0.01; done')
    expect(await stopStep(request.key, identity, { maxCleanUpMs: 30 })).toEqual({ killed: true, survivors: [] })
    expect(await handle.exited).toEqual({ exitCode: -1, signal: 'SIGKILL' })
  })

  const stubborn = 'bash -c "trap : TERM; echo \\$\\$ >escaped; while :; do sleep 0.01; done"'
  const escapes: [string, string][] = [
    ['in its group', `${stubborn} & `],
    ['in a session of its own', `setsid ${stubborn} & `],
    ['without parent or group', `(setsid ${stubborn} & ) ; `],
    ['with an empty environment', `env -i PATH="$PATH" setsid ${stubborn} & `],
  ]
  it.each(escapes)('leaves no descendant %s', async (_, command) => {
    const { request, handle, identity } = await start(
      `${command} while [ ! -s escaped ]; do sleep 0.01; done; touch ready; exec sleep 60`,
    )
    const escaped = Number(readFileSync(join(request.dir, 'escaped'), 'utf8'))
    expect(isAlive(escaped, '0')).toBe(true)
    const result = await stopStep(request.key, identity, { maxCleanUpMs: 50 })
    expect(result).toEqual({ killed: true, survivors: [] })
    expect(await handle.exited).toEqual({ exitCode: -1, signal: 'SIGTERM' })
    expect(isAlive(escaped, '0')).toBe(false)
  })

  it('does nothing to one that has ended, nor to one of another boot', async () => {
    const request = stepRequest(folder.path, ['true'])
    const handle = hosts[shell].startStep(request)
    const identity = (await handle.started)!
    await handle.exited
    expect(await stopStep(request.key, identity)).toEqual({ killed: false, survivors: [] })
    const other = { ...identity, pid: process.pid, pgid: process.pid, bootId: 'other' }
    expect(await stopStep(request.key, other)).toEqual({ killed: false, survivors: [] })
  })
})
