import { openOutputs } from '@edgedag/core/vault/open-outputs'
import { outputBinding } from '@edgedag/core/vault/sealed-outputs'
import { expect, it } from 'vitest'
import { NO_SECRETS } from './attempt-secrets.ts'
import type { HostKey } from './host-key.ts'
import { createSealer } from './sealer.ts'

const key = { id: 'host', key: Buffer.alloc(32, 7).toString('base64url') }
const hostKey = (): HostKey => ({ key, ...createSealer([key])! })
const given = (runId: string, open: object) => ({ runId, step: 's', names: ['T'], ...open })

it('opens what the vault has opened, and what this host has sealed itself; the rest is left out', () => {
  const inside = JSON.stringify({ outputs: { T: 'of c', OVERWRITTEN: 'x' }, secrets: ['c'] })
  const { byRun, secrets } = openOutputs(
    {
      ...NO_SECRETS,
      outputs: [
        given('a', { open: { outputs: { T: 'say hunter2' }, secrets: ['hunter2'] } }),
        given('b', { open: { outputs: { T: 'older' } } }),
        given('c', { sealed: hostKey().seal(inside, outputBinding('c', 's')) }),
        given('d', { sealed: hostKey().seal(inside, outputBinding('another', 's')) }),
      ],
    },
    hostKey,
  )
  expect(Object.fromEntries(byRun)).toEqual({ a: { T: 'say hunter2' }, b: { T: 'older' }, c: { T: 'of c' } })
  expect(secrets).toEqual(['hunter2', 'older', 'c'])
})
