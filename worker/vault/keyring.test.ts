import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keyIdOf, readKeyring } from './keyring.ts'

const OLD = Buffer.alloc(32, 1).toString('base64')
const NEW = Buffer.alloc(32, 2).toString('base64url')
const IV = '000102030405060708090a0b'

const sealed = (keys: string, text = 'värde', binding = 'secret/a/1') => {
  const result = readKeyring(keys).seal(text, binding, IV)
  if (!result.ok) throw new Error(result.error)
  return result.value
}

/** As a runner's sealer writes it. */
const asHost = ({ id, key }: { id: string; key: string }, text: string, binding: string): string => {
  const iv = Buffer.from(IV, 'hex')
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), iv).setAAD(Buffer.from(binding))
  const data = [iv, cipher.update(new TextEncoder().encode(text)), cipher.final(), cipher.getAuthTag()]
  return `s1.${id}.${Buffer.concat(data).toString('base64url')}`
}

describe('a keyring', () => {
  it('opens what it sealed, under the same name', () => {
    expect(readKeyring(NEW).open(sealed(NEW), 'secret/a/1')).toEqual({ ok: true, value: 'värde' })
    expect(sealed(NEW)).not.toContain('värde')
  })

  it.each([
    ['of another secret', 'secret/b/1'],
    ['of another version', 'secret/a/2'],
  ])('does not open it under the name %s', (_, binding) => {
    expect(readKeyring(NEW).open(sealed(NEW), binding)).toEqual({
      ok: false,
      error: expect.stringContaining('does not open'),
    })
  })

  it('seals with the first key and opens with any', () => {
    const both = readKeyring(`${NEW}\n${OLD}`)
    expect(both.open(sealed(OLD), 'secret/a/1')).toEqual({ ok: true, value: 'värde' })
    expect(keyIdOf(sealed(`${NEW},${OLD}`))).toBe(readKeyring(NEW).currentId)
    expect(both.ids).toEqual([readKeyring(NEW).currentId, readKeyring(OLD).currentId])
  })

  it('opens what a host has sealed with a derived key, for that purpose and under that name only', () => {
    const keyring = readKeyring(`${NEW},${OLD}`)
    const host = (keys: string) => asHost(readKeyring(keys).derive('run/r1')[0]!, 'värde', 'params/r1/go')
    for (const keys of [NEW, OLD])
      expect(keyring.openDerived('run/r1', host(keys), 'params/r1/go')).toEqual({ ok: true, value: 'värde' })
    expect(keyring.openDerived('run/r2', host(NEW), 'params/r1/go').ok).toBe(false)
    expect(keyring.openDerived('run/r1', host(NEW), 'params/r1/other').ok).toBe(false)
    expect(keyring.openDerived('run/r1', host(NEW).replace(/^s1\.\w+/, 's1.host'), 'params/r1/go').ok).toBe(false)
  })

  it('names the key that is missing', () => {
    const id = readKeyring(OLD).currentId ?? ''
    expect(readKeyring(NEW).open(sealed(OLD), 'secret/a/1')).toEqual({ ok: false, error: expect.stringContaining(id) })
  })

  it('notices every changed character', () => {
    const text = sealed(NEW)
    const ring = readKeyring(NEW)
    for (let at = text.lastIndexOf('.') + 1; at < text.length - 1; at++) {
      const changed = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
      expect(ring.open(changed, 'secret/a/1').ok).toBe(false)
    }
    for (const broken of ['', 'e1.', text.slice(0, -3), 'plain text', `e1.${ring.currentId}.AAAA`])
      expect(ring.open(broken, 'secret/a/1').ok).toBe(false)
  })

  it('without a key seals nothing and says what to do', () => {
    expect(readKeyring(' \n').seal('x', 'y', IV)).toEqual({ ok: false, error: expect.stringContaining('VAULT_KEYS') })
  })

  it.each(['short', OLD.slice(4), `${NEW} %%%`])('refuses %j as a key, and does not repeat it', text => {
    expect(() => readKeyring(text)).toThrow(/key \d is not 32 bytes/)
    expect(() => readKeyring(text)).not.toThrow(new RegExp(text.slice(0, 5).replaceAll('%', '\\%')))
  })

  it('derives keys by purpose, one for each of its keys', () => {
    const ring = readKeyring(`${NEW} ${OLD}`)
    const [one, two] = [ring.derive('run/1'), ring.derive('run/2')]
    expect(new Set([...one, ...two].map(({ key }) => key)).size).toBe(4)
    expect(ring.derive('run/1')).toEqual(one)
    expect(one.map(({ id }) => id)).toEqual(ring.ids)
  })
})
