import { describe, expect, it } from 'vitest'
import { readKeyring } from './keyring.ts'
import { createSealer } from './sealer.ts'

const KEYS = [1, 2].map((byte, i) => ({ id: 'ab'[i]!.repeat(8), key: Buffer.alloc(32, byte).toString('base64url') }))
/** Sealed by a runner (runner-agent/secrets/sealer.ts) with these keys, and its tags. */
const OF_A_HOST = 's1.aaaaaaaa.NWSu2tFARLBhtdWmm0RipqHXVVcZfD3iSZ_SwC8QLtv4tw'
const TAGS = ['FhI3TB3uzeL_VG1SuB8A2UXIznLhF_WcvVi7lOUvj1g', 'NI2f_gMy9bs-YZLtG5REBmu2JyQiafnYuHuwroM8gXE']

describe('a sealer at the edge', () => {
  const sealer = createSealer(KEYS)!

  it('opens what a host has sealed, tells equal texts by the same tags, and has its own opened by the Vault', () => {
    expect(sealer.open(OF_A_HOST, 'params/r/s')).toBe('värde')
    expect(sealer.tags('värde', 'params/r/s')).toEqual(TAGS)
    const ring = readKeyring(Buffer.alloc(32, 9).toString('base64'))
    const sealed = createSealer(ring.derive('run/r'))!.seal('värde', 'output/r/s')
    expect(sealed).not.toContain('värde')
    expect(ring.openDerived('run/r', sealed, 'output/r/s')).toEqual({ ok: true, value: 'värde' })
  })

  it('opens nothing of another name, of another key or in another form', () => {
    expect(sealer.open(OF_A_HOST, 'params/r/other')).toBeUndefined()
    expect(createSealer(KEYS.slice(1))!.open(OF_A_HOST, 'params/r/s')).toBeUndefined()
    expect(sealer.open('s1.aaaaaaaa.xx', 'params/r/s')).toBeUndefined()
    expect(sealer.open(OF_A_HOST.replace('s1', 'e1'), 'params/r/s')).toBeUndefined()
    expect(createSealer([])).toBeUndefined()
  })
})
