// Which variables of the host a step may see (semantics 6.4, DESIGN.md 9): a closed list, so that nothing leaks by default.
import { isReadOnly } from './special-variables.ts'

const NAMES: ReadonlySet<string> = new Set(
  (
    'PATH HOME USER LOGNAME SHELL TMPDIR TERM EDITOR VISUAL LANG LC_ALL LC_CTYPE TZ LD_LIBRARY_PATH ' +
    'XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME XDG_RUNTIME_DIR ' +
    'DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION ' +
    'USERPROFILE SYSTEMROOT WINDIR SYSTEMDRIVE COMSPEC PATHEXT TEMP TMP PSMODULEPATH'
  ).split(' '),
)
const PREFIXES = ['DAGU_', 'DAG_', 'LC_', 'KUBERNETES_']
const SENSITIVE = /PASSWORD|SECRET|TOKEN/i

/** Names that the host passes on besides the list; those ending in `*` are prefixes. */
export type Passthrough = readonly string[]

/** The host variables that steps see. EDGEDAG_*, names that speak of credentials and run variables never pass. */
export const filterHostEnv = (
  host: Readonly<Record<string, string | undefined>>,
  passthrough: Passthrough = [],
): Map<string, string> => {
  const allowed = new Map<string, string>()
  for (const name of Object.keys(host)) {
    const value = host[name]
    if (value !== undefined && passes(name, passthrough)) allowed.set(name, value)
  }
  return allowed
}

const passes = (name: string, passthrough: Passthrough): boolean => {
  if (name.startsWith('EDGEDAG_') || isReadOnly(name) || SENSITIVE.test(name)) return false
  if (NAMES.has(name) || PREFIXES.some(prefix => name.startsWith(prefix))) return true
  return passthrough.some(entry => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name))
}
