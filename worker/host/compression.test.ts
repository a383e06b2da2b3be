import { describe, expect, it } from 'vitest'
import { compressed } from './compression.ts'

const asked = (headers: Record<string, string> = { 'accept-encoding': 'br, gzip' }, method = 'GET') =>
  new Request('http://host/x', { method, headers })
const answer = (type: string, init: ResponseInit = {}) =>
  new Response('text', { ...init, headers: { 'content-type': type, ...init.headers } })
const encodingOf = (request: Request, response: Response) =>
  compressed(request, response).headers.get('content-encoding')

describe('compression of answers', () => {
  it('is for texts, and for clients that take it', () => {
    expect(encodingOf(asked(), answer('application/json'))).toBe('gzip')
    expect(encodingOf(asked(), answer('text/html; charset=utf-8'))).toBe('gzip')
    expect(encodingOf(asked(), answer('image/png'))).toBe(null)
    expect(encodingOf(asked({}), answer('application/json'))).toBe(null)
    expect(encodingOf(asked({ 'accept-encoding': 'br, gzip;q=0' }), answer('application/json'))).toBe(null)
  })

  it('leaves alone what is read as it comes, parts of files, and what is compressed already', () => {
    expect(encodingOf(asked(), answer('text/event-stream'))).toBe(null)
    expect(encodingOf(asked(), answer('application/x-ndjson'))).toBe(null)
    expect(encodingOf(asked(), answer('text/plain', { status: 206 }))).toBe(null)
    expect(encodingOf(asked(), answer('text/plain', { headers: { 'content-encoding': 'br' } }))).toBe('br')
  })

  it('leaves the short answers to changes alone', () => {
    expect(encodingOf(asked(undefined, 'POST'), answer('application/json'))).toBe(null)
  })
})
