import { expect, it } from 'vitest'
import { fits, PLANTS } from './plants.ts'

it.each(PLANTS)('the planted bug $name is one of the code as it is now', planted => {
  expect(fits(planted)).toBe(true)
})
