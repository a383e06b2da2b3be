// Settings that the executors know, by step type: a key beside them is most likely a slip, and is said as a warning with the nearest one.

import { ARCHIVE_KEYS, CONFIG_ALIASES, JQ_KEYS } from './fields.ts'
import { nearest } from './keys.ts'
import { child, type Field } from './node.ts'
import type { Report } from './report.ts'

const words = (text: string): readonly string[] => text.split(/\s+/).filter(Boolean)

const CONFIG_KEYS: Readonly<Record<string, readonly string[]>> = {
  http: words('url method headers query body timeout silent debug json format skip_tls_verify'),
  jq: Object.keys(JQ_KEYS),
  mail: words('from to subject message body attachments attach_logs prefix'),
  archive: Object.keys(ARCHIVE_KEYS),
  ssh: words('user host ip port key password strict_host_key known_host_file shell timeout bastion'),
  sftp: words(
    'user host ip port key password strict_host_key known_host_file shell timeout bastion direction source destination',
  ),
  redis: words(
    `url host port username password db tls tls_skip_verify mode sentinel_master sentinel_addrs cluster_addrs max_retries command key
     keys value values field fields ttl nx xx keep_ttl count match position pivot start stop score min max with_scores channel channels
     message stream stream_id stream_fields group consumer max_len block no_ack script script_file script_sha script_keys script_args
     pipeline watch multi lock lock_timeout lock_retry lock_wait output_format null_value timeout max_result_size`,
  ),
  s3: words(
    `bucket region endpoint access_key_id secret_access_key session_token profile force_path_style disable_ssl key source destination
     prefix delimiter max_keys recursive content_type storage_class metadata tags sse sse_kms_key_id acl part_size concurrency
     output_format quiet`,
  ),
  template: words('data output'),
  log: words('message'),
}

/** Warns about keys of `with` that the step's type does not know; types without a list of their own take anything. */
export function warnUnknownConfig(report: Report, type: string, field: Field | undefined): void {
  const known = Object.hasOwn(CONFIG_KEYS, type) ? CONFIG_KEYS[type] : undefined
  if (!known || field?.node.kind !== 'map') return
  for (const entry of field.node.entries) {
    const key = CONFIG_ALIASES[entry.key] ?? entry.key
    if (known.includes(key)) continue
    const place = { source: field.node.source, offset: entry.keyOffset }
    const message = `a step of type ${type} does not know the setting ${JSON.stringify(entry.key)}`
    report.warn('dag.unknown_config_key', child(field.path, entry.key), place, message, nearest(key, known))
  }
}
