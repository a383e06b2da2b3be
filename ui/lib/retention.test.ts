import { expect, test } from 'vitest'
import { retentionWords } from './retention.ts'

test.each([
  [{ histRetentionDays: 30 }, /for 30 days/],
  [{ histRetentionDays: 1 }, /for one day/],
  [{ histRetentionDays: 0 }, /Only the newest run/],
  [{ histRetentionDays: -1 }, /for ever/],
  [{ histRetentionDays: 30, histRetentionRuns: 5 }, /newest 5 runs are/],
  [{}, /base configuration/],
])('%j reads %s', (dag, words) => expect(retentionWords(dag)).toMatch(words))
