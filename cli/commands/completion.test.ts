import { expect, test } from 'vitest'
import { candidates } from './completion.ts'
import { COMMANDS } from './index.ts'

const at = (...words: string[]) =>
  candidates(words, COMMANDS, async start =>
    ['backup', 'backfill-all', 'report'].filter(name => name.startsWith(start)),
  )

test('a line is completed by commands, then by actions or names of DAGs, and by options anywhere', async () => {
  expect(await at('back')).toEqual(['backfill'])
  expect(await at('queue', 'p')).toEqual(['pause', 'priority'])
  expect(await at('status', 'back')).toEqual(['backup', 'backfill-all'])
  expect(await at('start', 'rep')).toEqual(['report'])
  expect(await at('status', 'backup', '')).toEqual([])
  expect(await at('history', 'backup', '--st')).toEqual(['--status', '--state'])
  expect(await at('nothing', 'x')).toEqual([])
})
