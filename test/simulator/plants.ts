// Bugs to be planted: each is a change of one place in the product's source, made while it is loaded. Promise: a change that no
// longer fits its source fails loudly, so that a simulator that finds nothing cannot be taken for a product without bugs.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface Plant {
  name: string
  what: string
  file: string
  from: string
  to: string
}

export const PLANTS: readonly Plant[] = [
  {
    name: 'no-fence-check',
    what: 'events of any plan count, whatever its fence and its runner',
    file: 'core/run/report.ts',
    from: 'const own = plan && plan.fence === event.fence && plan.runnerId === runnerId',
    to: 'const own = plan && (plan.fence === event.fence || plan.fence > 0)',
  },
]

/** Plants a bug into the sources that are imported from now on. */
export function plant(name: string): void {
  const found = PLANTS.find(each => each.name === name)
  if (found === undefined) throw new Error(`there is no bug named ${name}; there are ${PLANTS.map(each => each.name).join(', ')}`)
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const path = `${root}${found.file}`
  const source = readFileSync(path, 'utf8')
  if (source.split(found.from).length !== 2) throw new Error(`the bug ${name} does not fit ${found.file} any more`)
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded
      return { ...loaded, source: String(loaded.source).replace(found.from, found.to) }
    },
  })
}
