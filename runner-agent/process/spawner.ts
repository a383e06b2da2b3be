// The agent's end of the spawner child: starts it on demand, sends lines, hands out what comes back. When the child is gone
// every listener is told once; the next send starts another.

import { type ChildProcess, spawn } from 'node:child_process'
import { spawnerSource } from './spawner-source.ts'

export interface SpawnerEvents {
  /** A lane said something. */
  line(lane: string, text: string): void
  /** A lane is gone; every lane is when the spawner dies. */
  gone(lane: string): void
}

const NODE_FLAGS = ['--jitless', '--max-old-space-size=32', '--max-semi-space-size=1', '--input-type=commonjs']

export class Spawner {
  readonly #events: SpawnerEvents
  readonly #runtimeDir: string
  #child: ChildProcess | undefined
  #lanes = new Set<string>()
  #nextLane = 1

  constructor(events: SpawnerEvents, runtimeDir: string) {
    this.#events = events
    this.#runtimeDir = runtimeDir
  }

  /** Pid of the child, when there is one. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Opens a lane and returns its name. It is never reused. */
  open(shell: 'bash' | 'sh'): string {
    const lane = String(this.#nextLane++)
    this.#lanes.add(lane)
    this.#send(`o ${lane} ${shell}`)
    return lane
  }

  run(lane: string, dir: string): void {
    this.#send(`r ${lane} ${dir}`)
  }

  /** The lane finishes what it runs and ends; `gone` follows. */
  closeLane(lane: string): void {
    if (this.#child) this.#send(`c ${lane}`)
  }

  /** Starts the child now, so that the first step does not wait for it. */
  start(): void {
    this.#child ??= this.#launch()
  }

  /** Ends the child; lanes finish their jobs by themselves. Resolves when it has exited. */
  async close(): Promise<void> {
    const child = this.#child
    if (!child) return
    const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
    child.stdin?.end()
    await exited
  }

  #send(line: string): void {
    this.start()
    this.#child?.stdin?.write(`${line}\n`)
  }

  #launch(): ChildProcess {
    const child = spawn(process.execPath, [...NODE_FLAGS, '-e', spawnerSource(this.#runtimeDir)], {
      env: { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['pipe', 'pipe', 'ignore'],
      // A Ctrl-C in the agent's terminal is for the agent.
      detached: true,
    })
    child.on('error', () => this.#lost(child))
    child.on('close', () => this.#lost(child))
    child.stdin?.on('error', () => {})
    let rest = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#receive(line)
    })
    return child
  }

  #receive(line: string): void {
    const [verb, lane = ''] = line.split(' ', 2)
    if (verb === 'l') this.#events.line(lane, line.slice(3 + lane.length))
    else if (verb === 'e' && this.#lanes.delete(lane)) this.#events.gone(lane)
  }

  #lost(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    for (const lane of lanes) this.#events.gone(lane)
  }
}
