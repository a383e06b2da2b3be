// 1,000 DAG files read and checked: what a start of the product with many files costs.
import { parse } from 'yaml'
import { loadDags } from '../../core/spec/load.ts'
import type { Figure } from './measure.ts'

const FILES = 1_000

const text = (n: number): string => `name: job-${n}
description: One of many
schedule: "${n % 60} ${n % 24} * * *"
labels: [team=t${n % 7}, kind=batch]
env:
  - TARGET: /data/${n}
  - MODE: \${MODE_${n}:-fast}
params:
  - DAY: today
type: graph
steps:
${Array.from(
  { length: 10 },
  (_, i) => `  - name: step-${i}
    command: ./run.sh --part ${i} --to "\${TARGET}" --day "\${DAY}"
    retry_policy: { limit: 3, interval_sec: 5 }
    output: OUT_${i}
${i > 0 ? `    depends: [step-${i - 1}]\n` : ''}`,
).join('')}handler_on:
  failure: { command: echo failed }
`

const timed = (work: () => void): number => {
  const from = performance.now()
  work()
  return performance.now() - from
}

export async function benchParse(): Promise<Figure[]> {
  const texts = Array.from({ length: FILES }, (_, n) => text(n))
  const check = () => {
    for (const [n, one] of texts.entries()) {
      const loaded = loadDags(one, { fileName: `job-${n}` })
      if (!loaded.ok) throw new Error(loaded.error[0]?.message)
    }
  }
  check()
  const floor = timed(() => {
    for (const one of texts) parse(one)
  })
  return [
    {
      name: `${FILES} DAG files of 10 steps read and checked`,
      value: timed(check),
      unit: 'ms',
      floor,
      floorName: 'YAML parsing alone',
      limit: { of: 'value', atMost: 2_000 },
    },
  ]
}
