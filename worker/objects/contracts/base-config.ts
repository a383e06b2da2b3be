// What the installation sets for all DAGs, as it travels between Directory and Dag.
/** Texts under every DAG's own; the workspace's is the stronger. Empty: none. */
export interface BaseConfig {
  /** Grows with every change of any of them; 0: there never was one. */
  version: number
  base: string
  workspaceBase: string
  /** Time zone of schedules that name none; absent: that of the host's settings. */
  timezone?: string
  /** Default values and the default profile, of the workspace over the global ones; absent: none. */
  profiles?: ProfileDefaults
}

export interface ProfileDefaults {
  /** There are default values: attempts have to ask for them. */
  values: boolean
  /** Profile of runs that name none; empty: none. */
  profile: string
}

/** Contents of schema files, by the path that the DAG uses. */
export type SchemaFiles = Record<string, string>
