// Pins a world to each planted bug whose pinned world does not show it any more (pins.json): those tests stay cheap.
//
//   node scripts/boot.mjs test/simulator/pin.ts [BUG ...]
import { readFileSync, writeFileSync } from 'node:fs'
import { LIMIT_SEC, type Pin, search, tryPin } from './plant-search.ts'
import { PLANTS } from './plants.ts'

const FILE = new URL('pins.json', import.meta.url)
const before = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Pin>
const wanted = process.argv.slice(2)
const pins: Record<string, Pin> = {}
for (const planted of PLANTS) {
  const { name } = planted
  const old = before[name]
  const isWanted = wanted.length === 0 || wanted.includes(name)
  if (old !== undefined && (!isWanted || (await tryPin(planted, old)) !== undefined)) {
    pins[name] = old
    continue
  }
  if (!isWanted) continue
  const { pin, seconds } = await search(planted)
  console.log(`${name}: seed ${pin.seed}, run ${pin.run}, found in ${seconds} s of CPU`)
  if (seconds < LIMIT_SEC) pins[name] = pin
  else console.log(`${name} is not pinned: it takes more than ${LIMIT_SEC} s to find`)
  writeFileSync(FILE, `${JSON.stringify({ ...before, ...pins }, null, 2)}\n`)
}
writeFileSync(FILE, `${JSON.stringify(pins, null, 2)}\n`)
