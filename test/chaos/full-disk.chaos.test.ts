// A disk that is full while steps run. Promise: nothing of the product ends, what cannot be kept is refused with words, and once there
// is room again all that was accepted goes on, with the real exit codes.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newDir } from '../e2e/support/mark.ts'
import { serve } from '../e2e/support/serve.ts'
import { kill, processesNaming } from '../fixtures/processes.ts'
import { isGone, removeAll, writeDag } from '../fixtures/product.ts'
import { getRun, logText, node, settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'

const WORK = `type: chain
steps:
  - name: quiet
    continue_on: { exit_code: [7] }
    script: |
      echo quiet >> DIR/marks
      until test -e DIR/go; do sleep 0.05; done
      exit 7
  - name: after
    command: echo after >> DIR/marks; echo done
`

/** A small disk of its own; false where this user may not have one. */
function mountSmall(at: string): boolean {
  mkdirSync(at)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', at], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

const probe = newDir()
const canMount = mountSmall(join(probe, 'disk'))
if (canMount) execFileSync('umount', [join(probe, 'disk')])
else process.stdout.write('skipped: a full disk: this user may not mount a small one; run as root (1 test)\n')
rmSync(probe, { recursive: true })

test.skipIf(!canMount)(
  'a full disk ends nothing: starts are refused with the reason, what runs goes on when there is room',
  async () => {
    const dir = newDir()
    mountSmall(join(dir, 'state'))
    try {
      writeDag(dir, 'work', WORK.replaceAll('DIR', dir))
      const product = await serve({ dir })
      const pids = product.pids()
      const runId = await startDag(product.client, 'work')
      await until('the step', () => existsSync(join(dir, 'marks')))
      const ballast = join(dir, 'state/ballast')
      try {
        for (;;) writeFileSync(ballast, Buffer.alloc(4096), { flag: 'a' })
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      }
      const refusal = await until('a refusal', () =>
        startDag(product.client, 'work', { dagRunId: 'too-much' }).then(
          () => undefined,
          error => error,
        ),
      )
      expect(refusal).toMatchObject({ status: 503, message: expect.stringContaining('free some space') })
      const health = () => product.client.get<{ status: string; reason?: string }>('/health')
      expect(await health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('is full') })
      // It ends on the full disk.
      writeFileSync(join(dir, 'go'), '')
      await until('the end of its process', () => readFileSync(join(dir, 'marks'), 'utf8').length > 0)
      await expect(settled(product.client, 'work', runId, 3_000)).rejects.toThrow('did not happen')
      expect(pids.filter(isGone)).toEqual([])
      rmSync(ballast)
      expect(await health()).toMatchObject({ status: 'healthy' })
      const run = await settled(product.client, 'work', runId, 60_000)
      expect([run.statusLabel, node(run, 'quiet').exitCode, node(run, 'after').statusLabel]).toEqual([
        'partially_succeeded',
        7,
        'succeeded',
      ])
      expect(readFileSync(join(dir, 'marks'), 'utf8')).toBe('quiet\nafter\n')
      expect(await logText(product.client, run, 'after')).toBe('done\n')
      await expect(getRun(product.client, 'work', 'too-much')).rejects.toMatchObject({ status: 404 })
      await product.stop()
    } finally {
      for (const { pid } of processesNaming(dir)) kill(pid, 'SIGKILL')
      execFileSync('umount', ['-l', join(dir, 'state')])
      removeAll(dir)
    }
  },
  180_000,
)
