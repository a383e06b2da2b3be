#!/usr/bin/env node
// `edgedag-agent`: the built agent of this clone, or the one that lies beside this file in a package of its own.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const candidates = [join(here, '../agent/main.mjs'), join(here, '../../dist/agent/main.mjs')]
const program = candidates.find(path => existsSync(path))
if (program === undefined) {
  process.stderr.write('edgedag-agent: the agent is not built; run `npm run build` first\n')
  process.exit(1)
}
const { main } = await import(pathToFileURL(program).href)
process.exit(await main(process.argv.slice(2)))
