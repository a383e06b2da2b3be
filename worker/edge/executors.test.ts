import { describe, expect, it } from 'vitest'
import { outsideOf } from './executors.ts'

describe('a request from the edge', () => {
  it('follows redirects itself, without credentials to another server', async () => {
    const asked: { url: string; redirect: unknown; names: string[] }[] = []
    const { fetch } = outsideOf(async (url, init) => {
      const names = (init.headers as [string, string][]).map(([name]) => name)
      asked.push({ url, redirect: init.redirect, names })
      return asked.length === 1
        ? new Response('moved', { status: 302, headers: { location: 'https://b.example/x' } })
        : new Response('there')
    })
    const headers: [string, string][] = [
      ['authorization', 'Bearer s'],
      ['x-api-key', 's'],
      ['accept', '*/*'],
    ]
    const answer = await fetch('https://a.example/', { method: 'GET', headers, signal: new AbortController().signal })
    expect(answer.status).toBe(200)
    expect(asked).toEqual([
      { url: 'https://a.example/', redirect: 'manual', names: ['authorization', 'x-api-key', 'accept'] },
      { url: 'https://b.example/x', redirect: 'manual', names: ['accept'] },
    ])
  })
})
