import { describe, expect, it } from 'vitest'
import { followRedirect, MAX_REDIRECTS } from './redirects.ts'

const from = new URL('https://api.example/a/b')
const signal = new AbortController().signal
const headers: [string, string][] = [
  ['Authorization', 'Bearer x'],
  ['cookie', 'a=1'],
  ['X-Api-Key', 'k'],
  ['Private-Token', 't'],
  ['X-Vault-Token', 'v'],
  ['X-Hub-Signature-256', 's'],
  ['Accept', 'text/plain'],
  ['Content-Type', 'application/json'],
  ['X-Monkey', 'm'],
]
const post = { method: 'POST', headers, body: '{}', signal }
const follow = (location: string, status = 307, init: Parameters<typeof followRedirect>[1] = post, hops = 0) =>
  followRedirect(from, init, { status, location }, hops)
const names = (location: string, status?: number) => follow(location, status)?.init.headers.map(([name]) => name)

describe('a redirect', () => {
  it.each([
    ['another host', 'https://evil.example/'],
    ['another scheme', 'http://api.example/'],
    ['another port', 'https://api.example:8443/'],
    ['an address of the network inside', 'http://169.254.169.254/latest/meta-data'],
    ['an address without a scheme', '//evil.example/x'],
  ])('to %s takes no credentials along', (_, location) => {
    expect(names(location)).toEqual(['Accept', 'Content-Type', 'X-Monkey'])
  })

  it.each(['/c', 'c', 'https://api.example/c', 'https://api.example:443/c'])('to %s keeps all headers', location => {
    expect(names(location)).toHaveLength(headers.length)
  })

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [302, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
  ])('with %i makes of %s a %s', (status, method, becomes) => {
    const next = follow('/c', status, { ...post, method })
    expect(next?.init.method).toBe(becomes)
    expect(next?.init.body).toBe(becomes === method ? '{}' : undefined)
    expect(next?.init.headers.some(([name]) => name === 'Content-Type')).toBe(becomes === method)
  })

  it('is none with another status, or without an address', () => {
    expect(follow('/c', 200)).toBeNull()
    expect(follow('/c', 304)).toBeNull()
    expect(followRedirect(from, post, { status: 302, location: undefined }, 0)).toBeNull()
  })

  it.each([
    ['file:///etc/passwd', 'file:'],
    ['javascript:alert(1)', 'javascript:'],
    ['http://[', 'no address'],
  ])('to %s is refused', (location, why) => {
    expect(() => follow(location)).toThrow(why)
  })

  it('is refused after too many', () => {
    expect(() => follow('/c', 302, post, MAX_REDIRECTS)).toThrow('more than 10 redirects')
  })
})
