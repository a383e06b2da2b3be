// Is the simulator any good? Each planted bug has to be found, soon, by worlds that come in every run of it; which ones is all that a
// search knows of the bug. The world that a search has found is pinned, so that the next look is cheap; where it shows nothing any
// more, the search begins anew.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { LIMIT_SEC, type Pin, search, tryPin } from './plant-search.ts'
import { PLANTS } from './plants.ts'

const pins = JSON.parse(readFileSync(new URL('pins.json', import.meta.url), 'utf8')) as Record<string, Pin>

it.each(PLANTS)('finds the planted bug $name: $what', { timeout: 120_000 }, async planted => {
  const pin = pins[planted.name]
  const pinned = pin && (await tryPin(planted, pin))
  if (!pinned) console.log(`${planted.name} has no world that shows it: node scripts/boot.mjs test/simulator/pin.ts`)
  const { line, seconds } = pinned ?? (await search(planted))
  expect(line).toContain('node scripts/boot.mjs test/simulator/main.ts')
  expect(seconds).toBeLessThan(LIMIT_SEC)
})
