// The agent's end of the spawner child: starts it on demand, sends lines, hands out what comes back. When the child is gone
// every listener is told once; the next send starts another.

import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type LaneLine, openLaneLine } from './lane-line.ts'
import { laneSpawnerArguments, noticesName } from './lane-spawner.ts'
import { wrapperSpawnerArguments } from './wrapper-spawner.ts'

export interface SpawnerEvents {
  /** A lane said something. */
  line(lane: string, text: string): void
  /** A lane is gone; every lane is when the spawner dies. */
  gone(lane: string): void
}

export class Spawner {
  readonly #events: SpawnerEvents
  readonly #shell: 'bash' | 'sh'
  readonly #runtimeDir: string
  #child: ChildProcess | undefined
  /** By lane: how to reach it; `opening` until the spawner has said, with the runs that wait for it. */
  #lanes = new Map<string, LaneLine | 'relayed' | { opening: number; isClosed?: boolean }>()
  #nextLane = 1

  constructor(events: SpawnerEvents, shell: 'bash' | 'sh', runtimeDir: string) {
    this.#events = events
    this.#shell = shell
    this.#runtimeDir = runtimeDir
  }

  /** Pid of the child, when there is one. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Opens a lane and returns its name. It is never reused. */
  open(): string {
    const lane = String(this.#nextLane++)
    this.#lanes.set(lane, { opening: 0 })
    this.#send(`o ${lane}`)
    return lane
  }

  /** The lane's job is in its file. */
  run(lane: string): void {
    const line = this.#lanes.get(lane)
    if (line === 'relayed') this.#send(`r ${lane}`)
    else if (line && 'opening' in line) line.opening++
    else line?.run()
  }

  /** The lane finishes what it runs and ends; `gone` follows. */
  closeLane(lane: string): void {
    const line = this.#lanes.get(lane)
    if (line && line !== 'relayed' && 'close' in line) return line.close()
    if (line && line !== 'relayed') line.isClosed = true
    else if (this.#child) this.#send(`c ${lane}`)
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
    const [program, args] =
      this.#shell === 'bash'
        ? ['bash', laneSpawnerArguments(this.#runtimeDir)]
        : [process.execPath, wrapperSpawnerArguments(this.#runtimeDir)]
    const child = spawn(program, args, {
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
    else if (verb === 'f' || verb === 'p') this.#opened(lane, verb === 'f')
    else if (verb === 'e') this.#gone(lane)
  }

  #opened(lane: string, isDirect: boolean): void {
    const known = this.#lanes.get(lane)
    if (isDirect) rmSync(join(this.#runtimeDir, noticesName(lane)), { force: true })
    if (known === undefined || known === 'relayed' || !('opening' in known)) return
    try {
      this.#lanes.set(lane, isDirect ? this.#line(lane) : 'relayed')
    } catch {
      this.#send(`c ${lane}`)
      return this.#gone(lane)
    }
    if (isDirect) this.#send(`k ${lane}`)
    for (let runs = known.opening; runs > 0; runs--) this.run(lane)
    if (known.isClosed) this.closeLane(lane)
  }

  #line(lane: string): LaneLine {
    return openLaneLine(
      join(this.#runtimeDir, `lane-${lane}`),
      text => this.#events.line(lane, text),
      () => this.#gone(lane),
    )
  }

  #gone(lane: string): void {
    if (this.#lanes.delete(lane)) this.#events.gone(lane)
  }

  #lost(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    for (const [lane, line] of lanes) {
      if (line !== 'relayed' && 'drop' in line) line.drop()
      this.#events.gone(lane)
    }
  }
}
