// The tables of every kind of object, as numbered migrations: append, never edit what was released.
// Each row written is billed and each index doubles it, so tables are WITHOUT ROWID and have no index but their key where that will do.

export const QUEUE_TABLES: readonly (readonly string[])[] = [
  [
    `CREATE TABLE queue (id INTEGER PRIMARY KEY CHECK (id = 1), max INTEGER NOT NULL, counter INTEGER NOT NULL, paused INTEGER NOT NULL,
      mean_ms INTEGER, leaving INTEGER NOT NULL)`,
    `CREATE TABLE item (run_id TEXT PRIMARY KEY, dag_id TEXT NOT NULL, priority TEXT NOT NULL, rank TEXT NOT NULL,
      enqueued_at INTEGER NOT NULL, n INTEGER NOT NULL, hold INTEGER NOT NULL, admitted_at INTEGER NOT NULL) WITHOUT ROWID`,
  ],
]

export const DIRECTORY_TABLES: readonly (readonly string[])[] = [
  [
    // Either a file of the catalogue or the name of an inline DAG.
    // A removed file keeps its row: the same name gets its id, and with it its history, back.
    'CREATE TABLE dag (dag_id TEXT PRIMARY KEY, file_name TEXT UNIQUE, inline_name TEXT UNIQUE, removed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID',
    `CREATE TABLE principal (token_hash TEXT PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
      expires_at INTEGER) WITHOUT ROWID`,
    `CREATE TABLE api_key (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL, role TEXT NOT NULL, prefix TEXT NOT NULL,
      created_by TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, used_at INTEGER) WITHOUT ROWID`,
    `CREATE TABLE enrolment (token_hash TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, labels TEXT NOT NULL, created_by TEXT NOT NULL,
      credential_hash TEXT, runner_id TEXT) WITHOUT ROWID`,
    `CREATE TABLE runner (runner_id TEXT PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL, created_at INTEGER NOT NULL,
      revoked_at INTEGER, draining_since INTEGER) WITHOUT ROWID`,
    // `file`: the configuration file that names it; null: people have set it.
    'CREATE TABLE queue (name TEXT PRIMARY KEY, max INTEGER NOT NULL, file TEXT) WITHOUT ROWID',
    'CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID',
    'CREATE TABLE webhook (dag_id TEXT PRIMARY KEY) WITHOUT ROWID',
    `CREATE TABLE doc (id TEXT PRIMARY KEY, content TEXT NOT NULL, hash TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,
      created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID`,
    // Base configurations: '' is the global one, '@timezone' the zone of schedules. `version` is that of the change, over all of them.
    'CREATE TABLE base (workspace TEXT PRIMARY KEY, version INTEGER NOT NULL, text TEXT NOT NULL) WITHOUT ROWID',
  ],
  // Which documents a runner's credential reaches (JSON); null: all.
  ['ALTER TABLE enrolment ADD COLUMN docs TEXT', 'ALTER TABLE runner ADD COLUMN docs TEXT'],
]

export const ALERTS_TABLES: readonly (readonly string[])[] = [
  [
    // `source` reports all of its alerts at once; `data` is the alert.
    `CREATE TABLE alert (id TEXT PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER,
      data TEXT NOT NULL) WITHOUT ROWID`,
    // News that a channel has not taken yet.
    'CREATE TABLE news (n INTEGER PRIMARY KEY, channel TEXT NOT NULL, event TEXT NOT NULL, alert TEXT NOT NULL, tries INTEGER NOT NULL, due INTEGER NOT NULL)',
    'CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  ],
]

export const FLEET_TABLES: readonly (readonly string[])[] = [
  [
    `CREATE TABLE waiting (run_id TEXT PRIMARY KEY, n INTEGER NOT NULL, count INTEGER NOT NULL, runner_id TEXT, selector TEXT,
      place TEXT, workers_only INTEGER NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID`,
  ],
]

export const VAULT_TABLES: readonly (readonly string[])[] = [
  [
    // Profiles, and the default layers as `_global` and `_workspaces/<name>`.
    `CREATE TABLE profile (name TEXT PRIMARY KEY, id TEXT NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL,
      protected INTEGER NOT NULL, default_profile TEXT NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL,
      updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE entry (profile TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, secret_id TEXT NOT NULL,
      created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL, PRIMARY KEY (profile, key)) WITHOUT ROWID`,
    // Of the registry, and (owner: a profile's id) those that are entries of profiles.
    `CREATE TABLE secret (id TEXT PRIMARY KEY, owner TEXT NOT NULL, workspace TEXT NOT NULL, ref TEXT NOT NULL, description TEXT NOT NULL,
      provider TEXT NOT NULL, provider_ref TEXT NOT NULL, options TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
      created_at INTEGER NOT NULL, created_by TEXT NOT NULL, updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL,
      used_at INTEGER, used_by TEXT, UNIQUE (owner, workspace, ref)) WITHOUT ROWID`,
    // `data` is ciphertext, bound to the secret's id and the version.
    `CREATE TABLE secret_version (secret_id TEXT NOT NULL, version INTEGER NOT NULL, key_id TEXT NOT NULL, data TEXT NOT NULL,
      created_at INTEGER NOT NULL, created_by TEXT NOT NULL, PRIMARY KEY (secret_id, version)) WITHOUT ROWID`,
    // What the newest attempt of a run was given: values of variables, and of secrets the version.
    `CREATE TABLE attempt (run_id TEXT PRIMARY KEY, attempt INTEGER NOT NULL, data TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE audit (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, category TEXT NOT NULL, action TEXT NOT NULL,
      target TEXT NOT NULL, details TEXT NOT NULL)`,
  ],
]

export const RUNNER_TABLES: readonly (readonly string[])[] = [
  [
    // One row while the agent is out of contact: since when, and the runs it carried (JSON list).
    'CREATE TABLE suspect (id INTEGER PRIMARY KEY CHECK (id = 1), since INTEGER NOT NULL, runs TEXT NOT NULL, lost INTEGER NOT NULL)',
    'CREATE TABLE revoked (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL)',
    // Deleted runs of which the host may still keep files.
    'CREATE TABLE forget (run_id TEXT PRIMARY KEY) WITHOUT ROWID',
  ],
]

export const INDEX_TABLES: readonly (readonly string[])[] = [
  [
    `CREATE TABLE run (created_at INTEGER NOT NULL, run_id TEXT NOT NULL, dag_id TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
      rev INTEGER NOT NULL, search TEXT NOT NULL, summary TEXT NOT NULL, PRIMARY KEY (created_at, run_id, dag_id)) WITHOUT ROWID`,
    'CREATE TABLE spec (dag_id TEXT PRIMARY KEY, hash TEXT NOT NULL, text TEXT NOT NULL) WITHOUT ROWID',
    'CREATE TABLE dag (dag_id TEXT PRIMARY KEY, acknowledged INTEGER NOT NULL, item TEXT) WITHOUT ROWID',
  ],
]

export const DAG_TABLES: readonly (readonly string[])[] = [
  [
    `CREATE TABLE dag (id INTEGER PRIMARY KEY CHECK (id = 1), dag_id TEXT NOT NULL, file_name TEXT NOT NULL, hash TEXT NOT NULL,
      suspended INTEGER NOT NULL, source TEXT, updated_at INTEGER NOT NULL, removed_at INTEGER)`,
    'CREATE TABLE spec (hash TEXT PRIMARY KEY, text TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID',
    // Pinned DAGs by the hash of their JSON, cut into parts under the size limit of a value.
    'CREATE TABLE pin (hash TEXT NOT NULL, part INTEGER NOT NULL, spec_hash TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (hash, part)) WITHOUT ROWID',
    // `n` is the order of acceptance, `change` the number that the Index follows.
    `CREATE TABLE run (n INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, phase TEXT NOT NULL, change INTEGER NOT NULL,
      spec TEXT NOT NULL, summary TEXT NOT NULL, duty TEXT)`,
    // Runs that were deleted, until the Index has heard of it.
    'CREATE TABLE removed (run_id TEXT PRIMARY KEY, change INTEGER NOT NULL) WITHOUT ROWID',
    // Runs that are gone for everybody, and of which something is still kept somewhere.
    'CREATE TABLE deleting (run_id TEXT PRIMARY KEY) WITHOUT ROWID',
    // Marks of the scheduler: the last tick that was served, served one-off times, a restart that waits.
    'CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
    // The base configurations as last heard, by workspace ('' is none); no row where there never was one.
    'CREATE TABLE base (workspace TEXT PRIMARY KEY, config TEXT NOT NULL) WITHOUT ROWID',
    // Backfills: one row each, JSON.
    'CREATE TABLE backfill (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID',
    // Schema files that came with the text, by the path that it uses.
    'CREATE TABLE schema_file (path TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID',
  ],
]

/** Of a Dag that has a webhook. `key`: what names a delivery at its sender; `proof`: what a replay of the signed request has too. */
export const WEBHOOK_TABLES: readonly string[] = [
  'CREATE TABLE webhook (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)',
  `CREATE TABLE delivery (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, key TEXT UNIQUE, proof TEXT UNIQUE, status INTEGER NOT NULL,
    note TEXT NOT NULL, run_id TEXT, bytes INTEGER NOT NULL)`,
]

/** Rows of runs that are not packed. These tables are dropped when the only run of an object is packed, and made again when it is retried. */
export const RUN_ROW_TABLES: readonly string[] = [
  // One row per transition; `logs` names the step attempts whose text is in it, before the long column so that a search can skip that.
  `CREATE TABLE IF NOT EXISTS journal (run_id TEXT NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, at INTEGER NOT NULL,
    logs TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (run_id, seq, part)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS checkpoint (run_id TEXT NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (run_id, seq, part)) WITHOUT ROWID`,
  // Shared by the runs of this object, hence by hash and not by run.
  'CREATE TABLE IF NOT EXISTS pin (hash TEXT NOT NULL, part INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (hash, part)) WITHOUT ROWID',
]

export const RUN_TABLES: readonly (readonly string[])[] = [
  [
    ...RUN_ROW_TABLES,
    'CREATE TABLE quarantine (run_id TEXT PRIMARY KEY, at INTEGER NOT NULL, error TEXT NOT NULL) WITHOUT ROWID',
    // What stays of a packed run.
    `CREATE TABLE stone (run_id TEXT PRIMARY KEY, attempt INTEGER NOT NULL, fence INTEGER NOT NULL, status TEXT NOT NULL, seq INTEGER NOT NULL,
      dag_id TEXT NOT NULL, pack TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, bytes INTEGER NOT NULL,
      pack_bytes INTEGER NOT NULL) WITHOUT ROWID`,
  ],
]
