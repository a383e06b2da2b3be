import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { askAgain } from './ask-again.ts'

test.each([0, 1])('what changed while answer %i was on its way is in the one that follows', async before => {
  const client = new QueryClient()
  const asked: ((value: string) => void)[] = []
  const observer = new QueryObserver(client, {
    queryKey: ['runs', 'list'],
    queryFn: () => new Promise<string>(resolve => asked.push(resolve)),
    staleTime: 10_000,
  })
  const stop = observer.subscribe(() => {})
  if (before === 1) {
    asked[0]?.('first')
    await expect.poll(() => observer.getCurrentResult().data).toBe('first')
    askAgain(client, ['runs'])
  }
  // Many calls while it is asked are one question more, and none is given up.
  for (let i = 0; i < 5; i++) askAgain(client, ['runs'])
  expect(asked.length).toBe(before + 1)
  asked[before]?.('old')
  await expect.poll(() => asked.length).toBe(before + 2)
  expect(observer.getCurrentResult().data).toBe('old')
  asked[before + 1]?.('new')
  await expect.poll(() => observer.getCurrentResult().data).toBe('new')
  expect(observer.getCurrentResult().isStale).toBe(false)
  stop()
  client.clear()
})
