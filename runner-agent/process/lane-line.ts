// The agent's ends of a lane's two named pipes. What a lane says reaches the agent without a process in between; when the
// agent dies, its ends close, and the lane finishes its job and ends.

import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'

export interface LaneLine {
  /** Tells the lane that a job is there. */
  run(): void
  /** The lane ends after its job; `gone` follows. */
  close(): void
  /** Closes both ends now; `gone` is not called any more. */
  drop(): void
}

/** Opens the ends of `<path>.in` and `<path>.out`. Throws when they cannot be opened. */
export function openLaneLine(path: string, said: (line: string) => void, gone: () => void): LaneLine {
  // For reading and writing: an open that does not wait for the lane, and no broken pipe when it dies.
  const input = openSync(`${path}.in`, constants.O_RDWR | constants.O_NONBLOCK)
  const output = new Socket({
    fd: openSync(`${path}.out`, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  })
  let isOpen = true
  let rest = ''
  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    closeSync(input)
    for (const end of ['in', 'out']) rmSync(`${path}.${end}`, { force: true })
  }
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) said(line)
  })
  output.on('error', () => {})
  output.on('close', () => {
    close()
    gone()
  })
  return {
    run: () => void writeSync(input, '\n'),
    close,
    drop() {
      close()
      output.removeAllListeners('close').destroy()
    },
  }
}
