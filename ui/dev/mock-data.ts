// Sample DAGs and runs for developing the dashboard without a control plane. Not part of any build.

export interface MockNode {
  step: Record<string, unknown> & { name: string; depends?: string[] }
  status: number
  statusLabel: string
  startedAt: string
  finishedAt: string
  error?: string
  exitCode?: number
  attempt?: number
  host?: string
  reason?: string
}

export interface MockRun {
  name: string
  dagRunId: string
  status: number
  statusLabel: string
  triggerType: string
  params: string
  startedAt: string
  finishedAt: string
  queuedAt?: string
  reason?: string
  labels: string[]
  nodes: MockNode[]
  [key: string]: unknown
}

export interface MockDag {
  fileName: string
  suspended: boolean
  errors: string[]
  nextRun?: string
  spec: string
  dag: Record<string, unknown> & { name: string; labels: string[]; steps: MockNode['step'][] }
}

export const RUN_LABELS = [
  'not_started',
  'running',
  'failed',
  'aborted',
  'succeeded',
  'queued',
  'partially_succeeded',
  'waiting',
  'rejected',
]
export const NODE_LABELS = [
  'not_started',
  'running',
  'failed',
  'aborted',
  'succeeded',
  'skipped',
  'partially_succeeded',
  'waiting',
  'rejected',
  'retrying',
]

const now = Date.now()
export const ago = (sec: number): string => new Date(now - sec * 1000).toISOString().replace(/\.\d+/, '')

const step = (name: string, command: string, depends: string[] = []): MockNode['step'] => {
  const [head = '', ...args] = command.split(' ')
  return { name, depends, commands: [{ command: head, args }], preconditions: [] }
}

const ETL = [
  step('extract-orders', 'python extract.py --table orders'),
  step('extract-users', 'python extract.py --table users'),
  step('extract-events', 'python extract.py --table events --since 24h'),
  step('validate', 'python validate.py --strict', ['extract-orders', 'extract-users', 'extract-events']),
  step('load', 'psql "$WAREHOUSE" -f load.sql', ['validate']),
  step('report', 'python report.py --out /tmp/report.html', ['load']),
  step('cleanup', 'rm -rf ./staging', ['load']),
]

const dag = (
  name: string,
  description: string,
  labels: string[],
  cron: string | undefined,
  steps: MockNode['step'][],
  extra: Partial<MockDag> = {},
): MockDag => ({
  fileName: name,
  suspended: false,
  errors: [],
  ...(cron ? { nextRun: ago(-3600 * (1 + name.length)) } : {}),
  spec: `description: ${description}\n${cron ? `schedule: "${cron}"\n` : ''}labels: [${labels.join(', ')}]\nsteps:\n${steps
    .map(
      s =>
        `  - name: ${s.name}\n    command: ${(s.commands as { command: string; args: string[] }[]).map(c => [c.command, ...c.args].join(' ')).join('')}\n${s.depends?.length ? `    depends: [${s.depends.join(', ')}]\n` : ''}`,
    )
    .join('')}`,
  ...extra,
  dag: {
    name,
    description,
    labels,
    schedule: cron ? [{ kind: 'cron', expression: cron }] : [],
    steps,
    params: [],
    paramDefs: [],
    ...extra.dag,
  },
})

const PARAMS = [
  {
    name: 'TARGET',
    type: 'string',
    enum: ['staging', 'production'],
    default: 'staging',
    description: 'Where to deploy',
  },
  { name: 'REPLICAS', type: 'integer', default: 3, minimum: 1, maximum: 20, description: 'How many instances' },
  { name: 'DRY_RUN', type: 'boolean', default: false, description: 'Say what would be done, and do nothing' },
  { name: 'NOTE', type: 'string', required: true, maxLength: 80, description: 'Shown in the release notes' },
]

const chain = (...names: string[]): MockNode['step'][] =>
  names.map((name, i) => step(name, `./${name}.sh`, i > 0 ? [names[i - 1] ?? ''] : []))

export const DAGS: MockDag[] = [
  dag('etl', 'Loads orders, users and events into the warehouse', ['team=data', 'nightly'], '0 3 * * *', ETL),
  dag('hello', 'A first workflow: two steps that say hello', ['example'], undefined, chain('hello', 'world', 'done')),
  dag(
    'backup-db',
    'Dumps the database and copies it off site',
    ['team=ops', 'nightly'],
    '30 2 * * *',
    chain('dump', 'encrypt', 'upload', 'verify'),
  ),
  dag(
    'deploy',
    'Builds, tests and rolls out the service',
    ['team=web'],
    undefined,
    chain('build', 'test', 'push', 'rollout'),
    {
      dag: { paramDefs: PARAMS, defaultParams: 'TARGET="staging" REPLICAS="3" DRY_RUN="false"' } as never,
    },
  ),
  dag(
    'cert-renew',
    'Renews certificates that expire within 30 days',
    ['team=ops'],
    '0 5 * * 1',
    chain('check', 'renew', 'reload'),
  ),
  dag('log-rotate', '', ['team=ops'], '*/15 * * * *', chain('rotate'), { suspended: true }),
  dag('broken', 'Has a typo in its spec', [], undefined, [], {
    errors: ['line 4, column 5: unknown key "comand" in step "build"; did you mean "command"?'],
  }),
  dag('thumbnails', 'Makes thumbnails of new uploads', ['team=web'], '*/5 * * * *', chain('list', 'resize', 'publish')),
  dag(
    'monthly-invoice',
    'Sends invoices once an accountant has approved them',
    ['team=finance'],
    '0 8 1 * *',
    chain('collect', 'approve', 'send'),
  ),
  dag('wide', 'A fan of many steps', ['example'], undefined, [
    step('split', './split.sh'),
    ...Array.from({ length: 12 }, (_, i) => step(`part-${i + 1}`, `./work.sh ${i + 1}`, ['split'])),
    step(
      'join',
      './join.sh',
      Array.from({ length: 12 }, (_, i) => `part-${i + 1}`),
    ),
  ]),
]

const node = (
  s: MockNode['step'],
  status: number,
  from: number,
  to: number,
  extra: Partial<MockNode> = {},
): MockNode => ({
  step: s,
  status,
  statusLabel: NODE_LABELS[status] ?? '',
  startedAt: status === 0 ? '' : ago(from),
  finishedAt: status === 0 || status === 1 || status === 7 ? '' : ago(to),
  ...(status === 0 ? {} : { host: 'build-01', attempt: 1 }),
  ...extra,
})

const run = (
  name: string,
  id: string,
  status: number,
  from: number,
  to: number,
  nodes: MockNode[],
  extra: Record<string, unknown> = {},
): MockRun => ({
  name,
  dagRunId: id,
  status,
  statusLabel: RUN_LABELS[status] ?? '',
  triggerType: 'scheduler',
  workerId: status === 5 ? '' : 'build-01',
  params: '',
  startedAt: status === 5 ? '' : ago(from),
  finishedAt: [1, 5, 7].includes(status) ? '' : ago(to),
  sourceFileName: name,
  labels: DAGS.find(d => d.fileName === name)?.dag.labels ?? [],
  nodes,
  ...extra,
})

const stepsOf = (name: string): MockNode['step'][] => DAGS.find(d => d.fileName === name)?.dag.steps ?? []
const all = (name: string, status: number, from: number): MockNode[] =>
  stepsOf(name).map((s, i) => node(s, status, from - i * 4, from - i * 4 - 4))

const [e1, e2, e3, e4, e5, e6, e7] = ETL as [
  MockNode['step'],
  MockNode['step'],
  MockNode['step'],
  MockNode['step'],
  MockNode['step'],
  MockNode['step'],
  MockNode['step'],
]
const failedEtl = (at: number): MockNode[] => [
  node(e1, 4, at, at - 42),
  node(e2, 4, at, at - 18),
  node(e3, 4, at, at - 65),
  node(e4, 4, at - 65, at - 78),
  node(e5, 2, at - 78, at - 171, { error: 'exit status 3', exitCode: 3, attempt: 3 }),
  node(e6, 0, 0, 0),
  node(e7, 0, 0, 0),
]
const okEtl = (at: number): MockNode[] =>
  [e1, e2, e3, e4, e5, e6, e7].map((s, i) => node(s, 4, at - i * 20, at - i * 20 - 19))

export const RUNS: MockRun[] = [
  run('etl', '20261121_030000_a1f3c9', 2, 5400, 5229, failedEtl(5400), { params: 'SINCE=24h MODE=full' }),
  ...Array.from({ length: 22 }, (_, i) =>
    run(
      'etl',
      `20261120_0300${String(i).padStart(2, '0')}_b7`,
      i % 7 === 5 ? 2 : 4,
      86400 * (i + 1),
      86400 * (i + 1) - 140,
      i % 7 === 5 ? failedEtl(86400 * (i + 1)) : okEtl(86400 * (i + 1)),
    ),
  ),
  run('hello', '20261121_120000_c0ffee', 4, 240, 233, all('hello', 4, 240), { triggerType: 'manual' }),
  run('backup-db', '20261121_023000_0d11aa', 6, 7200, 6900, [
    ...all('backup-db', 4, 7200).slice(0, 3),
    node(stepsOf('backup-db')[3] as MockNode['step'], 2, 7000, 6900, { error: 'exit status 1', exitCode: 1 }),
  ]),
  run(
    'thumbnails',
    '20261121_131500_77aa01',
    5,
    0,
    0,
    stepsOf('thumbnails').map(s => node(s, 0, 0, 0)),
    { queuedAt: ago(40), reason: 'queue "media" is full (3 of 3), position 2' },
  ),
  run('monthly-invoice', '20261121_080000_9e0e11', 7, 3600, 0, [
    node(stepsOf('monthly-invoice')[0] as MockNode['step'], 4, 3600, 3590),
    node(
      { ...(stepsOf('monthly-invoice')[1] as MockNode['step']), approval: { prompt: 'Send 214 invoices?' } },
      7,
      3590,
      0,
    ),
    node(stepsOf('monthly-invoice')[2] as MockNode['step'], 0, 0, 0),
  ]),
  run(
    'cert-renew',
    '20261116_050000_5a5a5a',
    3,
    460000,
    459990,
    [
      node(stepsOf('cert-renew')[0] as MockNode['step'], 4, 460000, 459999),
      node(stepsOf('cert-renew')[1] as MockNode['step'], 3, 459999, 459990, { error: 'signal: terminated' }),
      node(stepsOf('cert-renew')[2] as MockNode['step'], 0, 0, 0),
    ],
    { triggerType: 'manual' },
  ),
  run('wide', '20261121_101010_f00d', 4, 1200, 1100, all('wide', 4, 1200), { triggerType: 'manual' }),
]

const noise = Array.from(
  { length: 640 },
  (_, i) =>
    `\u001b[90m2026-11-21T03:01:${String(i % 60).padStart(2, '0')}Z\u001b[0m \u001b[32mINFO\u001b[0m  copied batch ${i + 1}/640 (${1000 + i * 3} rows) into staging.orders`,
)

/** Text of a step's log so far. */
export function seedLog(name: string, stepName: string, stream: string, status: number): string {
  if (status === 0 || status === 7) return ''
  if (name === 'etl' && stepName === 'load')
    return stream === 'stderr'
      ? 'psql:load.sql:88: ERROR:  duplicate key value violates unique constraint "orders_pkey"\n'
      : `${noise.join('\n')}\n\u001b[33mWARN\u001b[0m  3 rows were rejected, see https://wiki.example.com/etl/rejects for what to do.\nCOPY 412093\npsql:load.sql:88: \u001b[1;31mERROR\u001b[0m:  duplicate key value violates unique constraint "orders_pkey"\nDETAIL:  Key (id)=(88231942) already exists.\nCONTEXT:  COPY orders, line 412093\n\u001b[31mload failed after 93 s\u001b[0m\n`
  return stream === 'stderr' ? '' : `+ ${stepName}\nready\n${stepName} done\n`
}
