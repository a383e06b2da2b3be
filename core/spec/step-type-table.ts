// The builtin step types: what each can be given, and the names that other eras have for it.

export interface StepType {
  /** Canonical name in a normalised step. */
  name: string
  commands: 'none' | 'one' | 'many'
  script?: boolean
  shell?: boolean
  container?: boolean
  messages?: boolean
  /** Must have a command or script. */
  needsCommand?: boolean
}

const type = (name: string, commands: StepType['commands'], more: Partial<StepType> = {}): StepType => ({
  name,
  commands,
  ...more,
})

const command = type('command', 'many', { script: true, shell: true, needsCommand: true })
const docker = type('docker', 'many', { script: true, shell: true, container: true })
const kubernetes = type('kubernetes', 'one', { script: true })
const dag = type('dag', 'none')

/** By every accepted spelling. */
export const STEP_TYPES: ReadonlyMap<string, StepType> = new Map(
  Object.entries({
    command,
    shell: command,
    docker,
    container: { ...docker, name: 'container', needsCommand: true },
    ssh: type('ssh', 'many', { script: true, shell: true, needsCommand: true }),
    sftp: type('sftp', 'none'),
    http: type('http', 'one', { script: true }),
    jq: type('jq', 'one', { script: true }),
    mail: type('mail', 'none'),
    archive: type('archive', 'one'),
    dag,
    subworkflow: dag,
    parallel: type('parallel', 'none'),
    template: type('template', 'one', { script: true }),
    router: type('router', 'none'),
    log: type('log', 'none'),
    noop: type('noop', 'none'),
    redis: type('redis', 'one', { script: true }),
    s3: type('s3', 'one'),
    postgres: type('postgres', 'one', { script: true }),
    sqlite: type('sqlite', 'one', { script: true }),
    duckdb: type('duckdb', 'one', { script: true }),
    kubernetes,
    k8s: kubernetes,
    chat: type('chat', 'none', { messages: true }),
    agent: type('agent', 'none', { messages: true }),
    harness: type('harness', 'one', { script: true }),
    gha: type('github_action', 'one'),
    github_action: type('github_action', 'one'),
  }),
)

const DOCKER_RUN = 'use a command, for example: docker run --rm -v "$PWD:/data" IMAGE COMMAND'
/** Types that load, so that files of others are understood, and that no runner executes yet; with what does the same today. */
export const NOT_EXECUTED: ReadonlyMap<string, string> = new Map([
  ['docker', DOCKER_RUN],
  ['container', DOCKER_RUN],
  ['ssh', 'use a command, for example: ssh HOST COMMAND, or a runner on that host'],
  ['sftp', 'use a command, for example: scp FILE HOST:PATH'],
  ['redis', 'use a command, for example: redis-cli PING'],
  ['s3', 'use a command, for example: aws s3 cp FILE s3://BUCKET/'],
  ['postgres', 'use a command, for example: psql -c QUERY'],
  ['sqlite', 'use a command, for example: sqlite3 FILE QUERY'],
  ['duckdb', 'use a command, for example: duckdb FILE -c QUERY'],
  ['kubernetes', 'use a command, for example: kubectl create job'],
  ['chat', 'use an http step with the address of the model'],
  ['agent', 'use a command that runs the program'],
  ['github_action', 'use the commands that the action runs'],
])

/** Newer files name an action and its operation: `action: http.request`. The operation becomes the command where the type has one. */
export const ACTIONS: Readonly<Record<string, { type: string; operation?: string }>> = {
  'http.request': { type: 'http' },
  'docker.run': { type: 'docker' },
  'container.run': { type: 'docker' },
  'ssh.run': { type: 'ssh' },
  'jq.filter': { type: 'jq' },
  'mail.send': { type: 'mail' },
  'template.render': { type: 'template' },
  'log.write': { type: 'log' },
  'k8s.run': { type: 'kubernetes' },
  'chat.completion': { type: 'chat' },
  'harness.run': { type: 'harness' },
  'dag.run': { type: 'dag' },
  noop: { type: 'noop' },
  exec: { type: 'command' },
}

const OPERATION_TYPES = new Set(['archive', 'redis', 's3', 'postgres', 'sqlite', 'duckdb', 'sftp'])

/** What an action means; undefined where it is not known. */
export function findAction(name: string): { type: string; operation?: string } | undefined {
  if (Object.hasOwn(ACTIONS, name)) return ACTIONS[name]
  const at = name.indexOf('.')
  const [group, operation] = [name.slice(0, at), name.slice(at + 1)]
  return at > 0 && operation !== '' && OPERATION_TYPES.has(group) ? { type: group, operation } : undefined
}

export const SIGNALS = new Set(
  `SIGABRT SIGALRM SIGBUS SIGCHLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGKILL SIGPIPE SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT
   SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ`.split(
    /\s+/,
  ),
)
