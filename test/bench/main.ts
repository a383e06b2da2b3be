// `npm run bench -- [NAME ...] [--json FILE]`: the product's timed promises, each beside a floor measured in the same run.
// Never a gate: timings of a shared machine inform, counts are asserted elsewhere.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { buildAll } from '../../scripts/build.ts'
import { benchChain } from './chain.ts'
import { benchChildren } from './children.ts'
import { benchChildrenReads } from './children-reads.ts'
import { benchDrain } from './drain.ts'
import { benchDueFew, benchDueMany } from './due.ts'
import { benchFirstByte } from './first-byte.ts'
import { benchHistory } from './history.ts'
import type { Figure } from './measure.ts'
import { benchIdle, benchMemory } from './memory.ts'
import { benchOutput } from './output.ts'
import { benchParse } from './parse.ts'
import { benchQueue10k } from './queue-10k.ts'
import { isKept, line, ratioOf } from './report.ts'

const BENCHES: Record<string, () => Promise<Figure[]>> = {
  chain: () => benchChain('chain'),
  'chain-output': () => benchChain('chain-output'),
  'chain-stepwise': () => benchChain('chain-stepwise'),
  wide: () => benchChain('wide'),
  'first-byte': benchFirstByte,
  drain: benchDrain,
  history: benchHistory,
  'queue-10k': benchQueue10k,
  children: benchChildren,
  'children-reads': benchChildrenReads,
  due: benchDueFew,
  'due-many': benchDueMany,
  parse: benchParse,
  output: benchOutput,
  idle: benchIdle,
  memory: () => benchMemory(),
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } })
  const unknown = positionals.filter(name => !(name in BENCHES))
  if (unknown.length > 0) {
    process.stderr.write(`bench: no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`)
    return 2
  }
  await buildAll(text => process.stderr.write(`edgedag: ${text}\n`))
  const all: (Figure & { bench: string; ratio?: number | undefined; kept?: boolean | undefined })[] = []
  let broken = 0
  for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
    try {
      for (const figure of await BENCHES[name]!()) {
        all.push({ bench: name, ...figure, ratio: ratioOf(figure), kept: isKept(figure) })
        process.stdout.write(`${line(figure)}\n`)
      }
    } catch (error) {
      broken++
      process.stdout.write(`! ${name} could not be measured: ${(error as Error).message}\n`)
    }
  }
  const missed = all.filter(f => f.kept === false).length
  process.stdout.write(
    `\n${all.length} figures, ${missed} miss their promise, ${broken} benches could not be measured\n`,
  )
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ at: new Date().toISOString(), figures: all }, null, 2)}\n`)
  return broken > 0 ? 1 : 0
}

process.exitCode = await main()
