import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveSocket, type LiveState } from './live-socket.ts'

class FakeSocket {
  static readonly OPEN = 1
  static made: FakeSocket[] = []
  readyState = 0
  sent: string[] = []
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onclose?: () => void
  constructor() {
    FakeSocket.made.push(this)
  }
  open() {
    this.readyState = 1
    this.onopen?.()
  }
  send(text: string) {
    this.sent.push(text)
  }
  // One that is dead says nothing of it for a long time.
  close() {}
}

beforeEach(() => {
  vi.useFakeTimers()
  FakeSocket.made = []
  vi.stubGlobal('WebSocket', FakeSocket)
  vi.stubGlobal('window', Object.assign(new EventTarget(), { location: { href: 'http://here/' } }))
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a connection that answers no ping is given up and made anew; one that answers is kept', () => {
  const states: LiveState[] = []
  const live = new LiveSocket('dags', { onFrame: () => {}, onState: state => states.push(state) })
  const [first] = FakeSocket.made
  first?.open()
  vi.advanceTimersByTime(20_000)
  expect(first?.sent).toEqual(['ping'])
  first?.onmessage?.({ data: 'pong' })
  vi.advanceTimersByTime(15_000)
  expect(states).toEqual(['open'])
  vi.advanceTimersByTime(15_500)
  expect(states).toEqual(['open', 'down'])
  expect(FakeSocket.made.length).toBe(2)
  FakeSocket.made[1]?.open()
  expect(states).toEqual(['open', 'down', 'open'])
  // What the dead one still says is not of now.
  first?.onclose?.()
  expect(states.length).toBe(3)
  live.close()
})

test('somebody who looks again finds out at once, and one that never opens is given up', () => {
  const states: LiveState[] = []
  const live = new LiveSocket('dags', { onFrame: () => {}, onState: state => states.push(state) })
  document.dispatchEvent(new Event('visibilitychange'))
  vi.advanceTimersByTime(10_600)
  expect(states).toEqual(['down'])
  FakeSocket.made[1]?.open()
  document.dispatchEvent(new Event('visibilitychange'))
  expect(FakeSocket.made[1]?.sent).toEqual(['ping'])
  live.close()
})
