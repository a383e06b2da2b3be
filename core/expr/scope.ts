// Variables in layers, weakest at the root: a lookup walks the few layers, and a new layer copies nothing.
// Layers: host, run (dotenv, env, params), secrets, outputs of predecessors, step env, read-only DAG_* on top.

export type LayerKind = 'host' | 'run' | 'secrets' | 'outputs' | 'step' | 'protected'

export interface Scope {
  readonly kind: LayerKind
  readonly vars: ReadonlyMap<string, string>
  readonly parent?: Scope
}

/** A new layer over `parent` that shares `vars` (no copy: later changes of the map are seen). */
export const layer = (kind: LayerKind, vars: ReadonlyMap<string, string>, parent?: Scope): Scope =>
  parent === undefined ? { kind, vars } : { kind, vars, parent }

/** The strongest value of a name, in time proportional to the number of layers (at most six). */
export const lookup = (scope: Scope | undefined, name: string): string | undefined => {
  for (let at = scope; at !== undefined; at = at.parent) {
    const value = at.vars.get(name)
    if (value !== undefined) return value
  }
  return undefined
}

/** Like lookup, without what only the host's environment has: such names are left to the shell. */
export const lookupDeclared = (scope: Scope | undefined, name: string): string | undefined => {
  for (let at = scope; at !== undefined; at = at.parent) {
    if (at.kind === 'host') continue
    const value = at.vars.get(name)
    if (value !== undefined) return value
  }
  return undefined
}

const EXPORTABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Longest `NAME=value` that execve takes on Linux (MAX_ARG_STRLEN less the final NUL), in bytes. */
export const MAX_ENV_BYTES = 131_071

export interface Environment {
  env: Record<string, string>
  /** Names whose `NAME=value` no process can be given (too long); they are not in `env`. */
  oversized: string[]
}

/** All variables as a process environment: positionals and other names that no environment can hold are left out. */
export const toEnv = (scope: Scope): Environment => {
  const layers: Scope[] = []
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) layers.push(at)
  const env: Record<string, string> = Object.create(null)
  const long = new Set<string>()
  for (const { vars } of layers.reverse()) {
    for (const [name, value] of vars) {
      if (!EXPORTABLE.test(name)) continue
      env[name] = value
      if (value.length * 3 + name.length >= MAX_ENV_BYTES) long.add(name)
    }
  }
  const oversized = [...long].filter(name => utf8Length(env[name]!) + name.length + 1 > MAX_ENV_BYTES)
  for (const name of oversized) delete env[name]
  return { env, oversized }
}

/** Bytes of a text in UTF-8; a lone surrogate counts as the three bytes of U+FFFD. */
export const utf8Length = (text: string): number => {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else if (code >= 0xd800 && code < 0xdc00 && isLow(text.charCodeAt(i + 1))) {
      bytes += 4
      i++
    } else bytes += 3
  }
  return bytes
}

const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000
