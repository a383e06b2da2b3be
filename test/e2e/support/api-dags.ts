// The DAGs of the tests of the REST API.
import { type Product, writeDag } from '../../fixtures/product.ts'
import { until } from '../../fixtures/wait.ts'
import type { Call } from './http.ts'

export const DAGS = {
  hello: `description: Says hello
labels: [team=core, nightly]
schedule: "0 3 29 2 *"
env:
  - GREETING: hi
params:
  - WHO: world
hist_retention_days: 30
steps:
  - name: a
    command: echo "\${GREETING} \${WHO}"
    output: MSG
  - name: b
    command: echo "got \${MSG}"
`,
  lines: 'steps:\n  - name: count\n    command: seq 1 100\n  - name: err\n    command: "echo oops >&2"\n',
  slow: 'max_active_runs: 1\nsteps:\n  - name: wait\n    command: sleep 60\n',
  fails: 'steps:\n  - name: boom\n    command: exit 3\n  - name: then\n    command: "true"\n',
  broken: 'steps:\n  - name: a\n    comand: echo a\n',
}
/** Times as the API has them. */
export const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** Puts them into the folder of the product and waits until all are there. */
export async function writeDags(product: Product, api: Call): Promise<void> {
  for (const [name, text] of Object.entries(DAGS)) writeDag(product.dir, name, text)
  await until('all DAGs', async () => (await api('GET', '/dags')).json.dags.length === Object.keys(DAGS).length)
}
