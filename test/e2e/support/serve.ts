// A product for the tests of one file: `scripts/start.mjs` in processes of its own, whose environment names its folder.
import { type ProductOptions, startProduct } from '../../fixtures/product.ts'
import { newDir } from './mark.ts'

/** Environment by which every process of the product is found again: a home below the test's folder. */
export const homeIn = (dir: string): Record<string, string> => ({ EDGEDAG_HOME: `${dir}/home` })

export function serve(options: ProductOptions = {}) {
  const dir = options.dir ?? newDir()
  return startProduct({ ...options, dir, env: { EDGEDAG_CHECK_ANSWERS: '1', ...homeIn(dir), ...options.env } })
}
