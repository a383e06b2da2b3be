import { describe, expect, it } from 'vitest'
import { uploadKey } from '../auth/upload-key.ts'
import { sha256Hex, uploadKeyOf } from './hash.ts'

describe('hashes', () => {
  it('gives the published SHA-256 of a text', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('derives the upload key that the API checks', async () => {
    expect(uploadKeyOf('secret', '20260101_000000_ab')).toBe(await uploadKey('secret', '20260101_000000_ab'))
  })
})
