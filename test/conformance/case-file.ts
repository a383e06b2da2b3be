// A conformance case as its file says it: reading, placeholders, and which areas there are.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parse } from 'yaml'

export interface Action {
  do: string
  after?: string
  run?: string
  step?: string
  reason?: string
  inputs?: Record<string, string>
  path?: string
  content?: string
  fails?: boolean
  role?: string
  run_status?: string
  steps?: Record<string, string>
  not_ran?: string[]
  files?: Record<string, string>
  [key: string]: unknown
}

export interface Expectation {
  load_error?: string
  start_error?: string
  status?: string
  steps?: Record<string, string>
  outputs?: Record<string, string | null>
  outputs_json?: Record<string, unknown>
  stdout?: Record<string, string>
  stderr?: Record<string, string>
  stdout_contains?: Record<string, string[]>
  order?: [string, string][]
  attempts?: Record<string, number>
  max_seconds?: number
  min_seconds?: number
  error?: string
  not_ran?: string[]
  handlers?: Record<string, string>
  files?: Record<string, string>
  files_json?: Record<string, unknown>
  file_lines?: Record<string, number>
  run_ids?: string[]
  run_count?: number
  run_attempts?: number
  runs?: Record<string, { status?: string; trigger?: string; artifacts?: Record<string, string> }>
  auto_retries?: number
  artifacts?: Record<string, string>
  children?: Record<string, ChildExpectation[]>
  child_count?: Record<string, number>
  child_ids_stable?: string[]
  webhook_status?: number
  profile?: string
  worker?: { run?: string }
  not_on_worker?: string[]
  http_requests?: unknown[]
  mails?: MailExpectation[]
  max_overlap?: number
  start_order?: string[]
  [key: string]: unknown
}

/** What a child run must look like: its own steps, logs, outputs and children, and what its parent gave it. */
export interface ChildExpectation
  extends Pick<Expectation, 'status' | 'steps' | 'stdout' | 'outputs' | 'attempts' | 'children' | 'profile'> {
  params?: string | Record<string, unknown>
  name?: string
  worker?: string
}

export interface MailExpectation {
  from?: string
  to?: string | string[]
  subject?: string
  body?: string
  attachments?: number
  attachment_text?: string
  no_header?: string | string[]
}

export interface WebhookStart {
  body?: unknown
  body_text?: string
  body_filler_bytes?: number
  headers?: Record<string, string>
  token?: string
}

export interface WorkerSetup {
  name: string
  labels?: Record<string, string>
}

export interface ProfileSetup {
  variables?: Record<string, string>
  secrets?: Record<string, string>
  status?: 'active' | 'disabled'
  protected?: boolean
}

export interface HttpRoute {
  method?: string
  path: string
  reply?: { status?: number; headers?: Record<string, string>; body?: unknown; delay_ms?: number }
}

export interface ConformanceCase {
  case: string
  area: string
  why: string
  needs?: string[]
  files?: Record<string, string>
  dag_files?: Record<string, string>
  base?: string
  dags?: string
  config?: { docs_dir?: string; default_execution_mode?: 'local' | 'distributed'; [key: string]: unknown }
  start?: {
    params?: string | Record<string, unknown>
    env?: Record<string, string>
    profile?: string
    role?: string
    user?: string
    webhook_payload?: unknown
    webhook?: WebhookStart
    [key: string]: unknown
  }
  profiles?: Record<string, ProfileSetup>
  workers?: WorkerSetup[]
  seed_runs?: { id: string; age_days: number; status: string }[]
  hold_queues?: boolean
  http_server?: { routes: HttpRoute[] }
  smtp_sink?: boolean
  actions?: Action[]
  enqueue?: { id?: string; dag?: string; params?: string; priority?: string; trigger?: string }[]
  queue_config?: Record<string, number>
  runs?: { id: string; params?: string }[]
  suspended?: boolean
  settle_seconds?: number
  kind?: string
  rows?: Record<string, unknown>[]
  expect?: Expectation
  [key: string]: unknown
}

export interface LoadedCase extends ConformanceCase {
  /** File of the case. */
  path: string
  /** Why the file cannot be read as a case. */
  unreadable?: string
  /** Another case before it has the same name. */
  isNameTaken?: boolean
}

function* yamlFiles(path: string): Generator<string> {
  if (statSync(path).isFile()) {
    if (/\.ya?ml$/.test(path)) yield path
    return
  }
  for (const name of readdirSync(path).sort()) yield* yamlFiles(join(path, name))
}

/** A file without `case` is named by its file name; one that is no case says why. */
function loadCase(file: string): LoadedCase {
  const otherwise = { case: basename(file).replace(/\.ya?ml$/, ''), area: basename(dirname(file)), path: file }
  try {
    const read = parse(readFileSync(file, 'utf8')) as ConformanceCase | null
    if (read === null || typeof read !== 'object' || Array.isArray(read))
      return { ...otherwise, why: '', unreadable: 'the file holds no case' }
    return { ...read, case: read.case ?? otherwise.case, area: read.area ?? otherwise.area, path: file }
  } catch (error) {
    return { ...otherwise, why: '', unreadable: `the file cannot be read: ${(error as Error).message.split('\n')[0]}` }
  }
}

/** All cases below the folders (or files), in order. */
export function loadCases(paths: string[]): LoadedCase[] {
  const names = new Set<string>()
  return paths.flatMap(path => {
    if (!existsSync(path)) throw new Error(`no such folder or file: ${path}`)
    return [...yamlFiles(path)].map(file => {
      const c = loadCase(file)
      if (names.has(c.case)) c.isNameTaken = true
      names.add(c.case)
      return c
    })
  })
}

/** Replaces `__NAME__` placeholders in every text below a value. */
export function fill<T>(value: T, placeholders: Record<string, string>): T {
  if (typeof value === 'string') {
    let text: string = value
    for (const [name, replacement] of Object.entries(placeholders)) text = text.replaceAll(name, replacement)
    return text as T
  }
  if (Array.isArray(value)) return value.map(item => fill(item, placeholders)) as T
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [fill(k, placeholders), fill(v, placeholders)]),
    ) as T
  }
  return value
}
