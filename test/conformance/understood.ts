// What this runner understands of a case file. Promise: a case with another key fails and names it, rather than being half checked.
import type { ConformanceCase } from './case-file.ts'

const words = (text: string): Set<string> => new Set(text.trim().split(/\s+/))

const CASE = words(`
  case area seed why needs files dag_files base config dags start actions enqueue queue_config hold_queues runs seed_runs suspended
  scheduler settle_seconds profiles workers http_server smtp_sink kind rows names entries expect timezone now field dag path isNameTaken
  schedule catchup_window`)

const START = words('params env profile user role webhook_payload webhook')

const WEBHOOK = words('body body_text body_filler_bytes headers token')

const EXPECT = words(`
  load_error start_error error status steps outputs outputs_json stdout stderr stdout_contains order attempts max_seconds min_seconds
  settle_seconds not_ran handlers files files_json file_lines artifacts children child_count child_ids_stable webhook_status profile
  worker not_on_worker http_requests mails run_ids run_count run_attempts auto_retries runs max_overlap start_order`)

const CHILD = words('params status name worker profile steps stdout outputs attempts children')

const CONFIG = words('docs_dir default_execution_mode')

const ACTIONS = words(`
  stop retry dequeue write_file check approve reject push_back set_profile_entry add_worker webhook`)

const unknown = (have: object | undefined, known: Set<string>, prefix: string): string[] =>
  Object.keys(have ?? {})
    .filter(key => !known.has(key))
    .map(key => prefix + key)

function unknownInChildren(children: Record<string, object[]> | undefined, prefix: string): string[] {
  return Object.values(children ?? {})
    .flat()
    .flatMap(child => [
      ...unknown(child, CHILD, prefix),
      ...unknownInChildren((child as { children?: Record<string, object[]> }).children, `${prefix}children.`),
    ])
}

/** Keys of a case that this runner cannot serve, as text; empty when it can run it all. */
export function unservedKeys(c: ConformanceCase): string[] {
  const found = [
    ...unknown(c, CASE, ''),
    ...unknown(c.start, START, 'start.'),
    ...unknown(c.start?.webhook, WEBHOOK, 'start.webhook.'),
    ...unknown(c.config, CONFIG, 'config.'),
    ...unknown(c.expect, EXPECT, 'expect.'),
    ...unknownInChildren(c.expect?.children, 'expect.children.'),
    ...(c.actions ?? []).filter(a => !ACTIONS.has(a.do)).map(a => `actions.${a.do}`),
  ]
  return [...new Set(found)]
}
