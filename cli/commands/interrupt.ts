// Ctrl-C on a followed run: the first stops the run and waits for its clean-up, the second leaves at once.
import { EXIT } from '../errors.ts'

const AGAIN_MS = 100
const PATIENCE_MS = 10_000

/** A terminal sends Ctrl-C to a control plane beneath this command too, which is then back in a moment. */
async function untilReached(stop: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      await stop()
      return
    } catch (error) {
      if ('status' in (error as object) || performance.now() > deadline) throw error
    }
    await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
  }
}

export interface Interrupt {
  happened(): boolean
  dispose(): void
}

export function onInterrupt(stop: () => Promise<unknown>): Interrupt {
  let count = 0
  const handler = () => {
    count += 1
    if (count > 1) process.exit(EXIT.interrupted)
    process.stderr.write('\nstopping the run (press Ctrl-C again to leave without waiting)\n')
    untilReached(stop).catch((error: Error) => process.stderr.write(`could not stop it: ${error.message}\n`))
  }
  process.on('SIGINT', handler)
  process.on('SIGTERM', handler)
  return {
    happened: () => count > 0,
    dispose() {
      process.off('SIGINT', handler)
      process.off('SIGTERM', handler)
    },
  }
}
