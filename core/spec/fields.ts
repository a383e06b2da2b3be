// The keys that a DAG file may hold, block by block. Everything else (unknown-key errors, hints, camelCase spellings of older
// files) is derived from these tables. Each key's camelCase form is accepted by itself; the list beside it has its other names.

export type KeyTable = Record<string, readonly string[]>

const table = (keys: string, aliases: KeyTable = {}): KeyTable =>
  Object.fromEntries(
    keys
      .split(/\s+/)
      .filter(Boolean)
      .map(key => [key, aliases[key] ?? []]),
  )

export const ROOT_KEYS = table(
  `name description group labels type working_dir shell shell_args dotenv env secrets params schedule catchup_window
   overlap_policy skip_if_successful restart_wait_sec preconditions handler_on mail_on error_mail info_mail wait_mail smtp
   timeout_sec delay_sec max_clean_up_time_sec max_active_steps max_active_runs queue priority concurrency retry_policy hist_retention_days
   hist_retention_runs log_dir log_output max_output_size artifacts artifact_dir enable_artifact container registry_auths ssh
   s3 redis kubernetes llm harness harnesses defaults step_types otel run_config webhook worker_selector steps`,
  { labels: ['tags'], working_dir: ['dir'], preconditions: ['precondition'], params: ['param'] },
)

export const STEP_KEYS = table(
  `name id description command exec script shell shell_packages working_dir stdout stderr log_output output depends continue_on
   retry_policy repeat_policy mail_on_error preconditions signal_on_stop timeout_sec call params parallel worker_selector env
   container type with config executor llm messages tools agent approval value routes run action on_lost`,
  { working_dir: ['dir'], preconditions: ['precondition'], params: ['param'] },
)

export const DEFAULTS_KEYS = table(
  `continue_on retry_policy repeat_policy timeout_sec mail_on_error signal_on_stop env preconditions agent`,
  { preconditions: ['precondition'] },
)

export const HANDLER_KEYS = table('init success failure abort exit wait', { abort: ['cancel'] })
export const CONTINUE_ON_KEYS = table('failure skipped exit_code output mark_success', { failure: ['failed'] })
export const RETRY_KEYS = table('limit interval_sec backoff max_interval_sec exit_code')
export const DAG_RETRY_KEYS = table('limit interval_sec backoff max_interval_sec')
export const REPEAT_KEYS = table('repeat interval_sec backoff max_interval_sec limit condition expected exit_code')
export const CONDITION_KEYS = table('condition expected negate', { condition: ['command'] })
export const EXEC_KEYS = table('command args')
export const OUTPUT_KEYS = table('name key omit schema')
export const OUTPUT_SOURCE_KEYS = table('value from path decode select')
export const PARALLEL_KEYS = table('items max_concurrent')
export const APPROVAL_KEYS = table('prompt input required rewind_to')
export const EXECUTOR_KEYS = table('type config', { config: ['with'] })
export const CONCURRENCY_KEYS = table('key limit on_conflict')
export const SCHEDULE_KEYS = table('start stop restart')
export const SCHEDULE_ENTRY_KEYS = table('kind expression at')
export const SECRET_KEYS = table('name provider key ref options')
export const MAIL_ON_KEYS = table('success failure wait')
export const MAIL_KEYS = table('from to prefix attach_logs')
export const SMTP_KEYS = table('host port username password')
export const RUN_CONFIG_KEYS = table('disable_param_edit disable_run_id_edit')
export const WEBHOOK_KEYS = table('forward_headers')
export const ARTIFACTS_KEYS = table('enabled dir')
export const STEP_TYPE_KEYS = table('type description input_schema template')
export const PARAM_KEYS = table(
  'name default eval description type required enum minimum maximum min_length max_length pattern',
)
export const CONTAINER_KEYS = table(
  `exec name image pull_policy env volumes user working_dir platform ports network startup command wait_for log_pattern
   restart_policy keep_container healthcheck shell`,
)
export const HARNESS_DEFINITION_KEYS = table(
  'binary prefix_args prompt_mode prompt_flag prompt_position flag_style option_flags',
)
/** Settings (`with`) of step types that check them. */
export const JQ_KEYS = table('raw input data filter query')
export const ARCHIVE_KEYS = table(
  `source destination format compression_level password overwrite preserve_paths strip_components include exclude dry_run verbose
   follow_symlinks verify_integrity continue_on_error`,
)
export const HARNESS_KEYS = table('provider fallback')
export const OTEL_KEYS = table('enabled endpoint headers insecure timeout resource')

/** camelCase spellings in executor settings of older files; other keys of a config are passed on as they are. */
export const CONFIG_ALIASES: Record<string, string> = Object.fromEntries(
  `pull_policy keep_container wait_for log_pattern restart_policy start_period strict_host_key known_host_file access_key_id
   secret_access_key session_token force_path_style disable_ssl tls_skip_verify sentinel_master sentinel_addrs cluster_addrs
   max_retries budget_tokens include_in_output max_tokens top_p api_key_name max_tool_iterations working_dir auto_remove
   container_name skip_tls_verify attach_logs`
    .split(/\s+/)
    .map(key => [snakeToCamel(key), key])
    .concat([
      ['strictHostKeys', 'strict_host_key'],
      ['baseURL', 'base_url'],
      ['baseUrl', 'base_url'],
      ['disableSSL', 'disable_ssl'],
    ]),
)

export function snakeToCamel(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
