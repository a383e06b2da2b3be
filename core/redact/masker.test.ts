import { describe, expect, it } from 'vitest'
import { createMasker, MASK } from './masker.ts'

const SECRET = 'tok-super/991+é?&"x'
const base64 = (text: string): string => btoaUtf8(text)
const btoaUtf8 = (text: string): string =>
  (globalThis as unknown as { btoa(binary: string): string }).btoa(
    encodeURIComponent(text).replace(/%([0-9A-F]{2})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    ),
  )

describe('masking a text', () => {
  it.each([
    ['as it is', SECRET, SECRET],
    ['twice in one line', `${SECRET} b ${SECRET}`, SECRET],
    ['JSON-escaped', JSON.stringify({ a: SECRET }), JSON.stringify(SECRET).slice(1, -1)],
    ['URL-encoded', `https://h/?q=${encodeURIComponent(SECRET)}`, encodeURIComponent(SECRET)],
    ['URL-encoded in lower case', encodeURIComponent(SECRET).replace(/%../g, code => code.toLowerCase()), '%2f991'],
    ['in base64', `Basic ${base64(SECRET)}`, base64(SECRET).slice(0, 20)],
    ['in base64 behind one byte', base64(`u${SECRET}`), base64(`u${SECRET}`).slice(2, 20)],
    ['in base64 behind two bytes', base64(`u:${SECRET}`), base64(`u:${SECRET}`).slice(3, 20)],
    ['in base64 in the middle', base64(`user:${SECRET}:more`), base64(`user:${SECRET}:more`).slice(8, 20)],
  ])('hides a secret %s', (_, text, visible) => {
    const masked = createMasker([SECRET]).mask(text)
    expect(masked).toContain(MASK)
    expect(masked).not.toContain(visible)
  })

  it.each(['passwor', 'password', 'passwords'])('hides all of %s in base64, to its last character', secret => {
    expect(createMasker([secret]).mask(base64(secret)).replaceAll('=', '')).toBe(MASK)
  })

  it('hides the trimmed form of a secret that ends in a line break', () => {
    expect(createMasker(['abc-123\n']).mask('x abc-123 y')).toBe(`x ${MASK} y`)
  })

  it('hides what is taken out of a JSON secret, and single lines of a key', () => {
    const json = JSON.stringify({
      user: 'bob',
      password: 'hunter2-hunter2',
      list: [{ token: 'tok-12345' }],
      port: 5432,
    })
    const key = '-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7\nq8fJ\n-----END KEY-----\n'
    const { mask } = createMasker([json, key])
    expect(mask('bob hunter2-hunter2 tok-12345 5432')).toBe(`bob ${MASK} ${MASK} 5432`)
    expect(mask('> MIIEowIBAAKCAQEA7 q8fJ')).toBe(`> ${MASK} q8fJ`)
  })

  it('leaves nothing of secrets that overlap', () => {
    expect(createMasker(['abcd', 'cdef', 'efgh']).mask('-abcdefgh-')).toBe(`-${MASK}-`)
  })

  it('masks the longer of two secrets that begin alike', () => {
    expect(createMasker(['pass', 'password']).mask('password')).toBe(MASK)
  })

  it('ignores empty secrets and leaves other text alone', () => {
    const masker = createMasker(['', ' '.trim()])
    expect(masker.active).toBe(false)
    expect(masker.mask('plain')).toBe('plain')
  })
})

describe('masking a stream', () => {
  const text = `start abcabd abcabcx ${SECRET} mid ab abc end abca`
  const secrets = ['abcabc', 'bcx', SECRET]
  const whole = createMasker(secrets).mask(text)

  it('gives the same as the whole text, wherever it is cut in two', () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const stream = createMasker(secrets).stream()
      expect(stream.push(text.slice(0, cut)) + stream.push(text.slice(cut)) + stream.end()).toBe(whole)
    }
  })

  it('gives the same as the whole text in pieces of any size', () => {
    for (let size = 1; size < 12; size++) {
      const stream = createMasker(secrets).stream()
      let out = ''
      for (let at = 0; at < text.length; at += size) out += stream.push(text.slice(at, at + size))
      expect(out + stream.end()).toBe(whole)
    }
  })

  it('passes on at once what cannot be part of a secret', () => {
    expect(createMasker(['secret']).stream().push('a line\n')).toBe('a line\n')
  })

  it('does not hold a run of overlapping secrets without limit', () => {
    const stream = createMasker(['aa']).stream()
    let out = ''
    for (let i = 0; i < 40; i++) out += stream.push('a'.repeat(5000))
    out += stream.end()
    expect(out).toMatch(/^(\*{7})+a?$/)
    expect(out.length).toBeLessThan(100)
  })
})
