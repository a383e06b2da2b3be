// What others may ask of a Runner: the socket of one agent.
import type { RunFrame } from '@edgedag/core/protocol/frames'

export interface RunnerApi {
  /** False: no socket, or the frame was made (epoch ms) too long ago; the sender keeps the duty. */
  send(frame: RunFrame, madeAt: number): boolean
  read(request: {
    runId: string
    step: string
    attempt: number
    stream: 'stdout' | 'stderr'
    offset: number
    bytes: number
  }): { text: string; offset: number; bytes: number; size: number } | null
  follow(request: {
    runId: string
    step: string
    attempt: number
    stream: 'stdout' | 'stderr'
    offset: number
    on: boolean
  }): boolean
  status(): {
    connected: boolean
    hostname: string
    since: number
    lastSeen: number
    labels: Record<string, string>
    capacity: number
  }
  /**
   * A Run that believes this agent to hold it asks whether that is so. `disconnected`: the Runner keeps the question, and answers
   * with runnerHello or runnerLost.
   */
  watch(runId: string): 'carried' | 'absent' | 'disconnected'
  /** Tells Fleet again what it knows (after Fleet lost its memory). */
  announce(): void
  /** These runs are deleted: the host hears of it until it has answered. */
  forget(runIds: string[]): void
  /** Something is set anew for it: its agent connects again, and looks. */
  comeAgain(): void
  revoke(): void
}
