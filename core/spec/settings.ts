// Settings of typed steps that are checked when a file is loaded: what kind of value each takes, and what a step cannot do without.
// What holds a reference is known at run time only.

import { CONFIG_ALIASES } from './fields.ts'
import { entriesOf, isMapField } from './keys.ts'
import { type Field, isNull } from './node.ts'
import type { Report } from './report.ts'
import { badValue, readInteger, readText, readTexts, readWord, wrongType } from './values.ts'

type Check = (report: Report, field: Field) => unknown

/** Also as text: older files quote it. */
const boolean: Check = (report, field) => {
  const text = field.node.kind === 'scalar' ? field.node.text.trim().toLowerCase() : ''
  if (text !== 'true' && text !== 'false') wrongType(report, field, 'true or false')
}

const ARCHIVE_FORMATS =
  'zip tar tar.gz tgz tar.bz2 tbz2 tar.xz txz tar.zst tzst tar.lz4 gz bz2 xz zst lz4 7z rar'.split(' ')

const CHECKS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  jq: { raw: boolean, input: readText, filter: readText, query: readText },
  archive: {
    source: readText,
    destination: readText,
    format: (report, field) => readWord(report, field, ARCHIVE_FORMATS),
    compression_level: (report, field) => readInteger(report, field, -1, 22),
    password: readText,
    overwrite: boolean,
    preserve_paths: boolean,
    strip_components: (report, field) => readInteger(report, field, 0, 1000),
    include: readTexts,
    exclude: readTexts,
    dry_run: boolean,
    verbose: boolean,
    follow_symlinks: boolean,
    verify_integrity: boolean,
    continue_on_error: boolean,
  },
}

const isOpen = ({ node }: Field): boolean => node.kind === 'scalar' && /[$`]/.test(node.text)

/** Refuses values of the wrong kind in the settings of a step. */
export function checkSettings(report: Report, type: string, settings: Field | undefined): void {
  const checks = Object.hasOwn(CHECKS, type) ? CHECKS[type]! : {}
  if (settings === undefined || !isMapField(settings)) return
  for (const { key, field } of entriesOf(settings)) {
    const check = checks[CONFIG_ALIASES[key] ?? key]
    if (check !== undefined && !isNull(field.node) && !isOpen(field)) check(report, field)
  }
}

interface Work {
  type: string
  config: Record<string, unknown>
  commands: readonly string[]
  script?: string
}

/** Refuses a step without what its type needs. `command`: where its command stands, if it is written as one. */
export function checkNeededSettings(
  report: Report,
  { type, config, commands, script }: Work,
  at: Field,
  command?: Field,
): void {
  const missing = (message: string, hint: string) => report.error('dag.missing', at.path, at.node, message, hint)
  const [first] = commands
  if (type === 'jq' && first === undefined && config.filter === undefined && config.query === undefined)
    missing('a step of type jq needs a query', 'write it as command')
  if (type === 'harness' && first === undefined && script === undefined)
    missing('a step of type harness needs a prompt', 'write it as command')
  if (type !== 'archive') return
  if (first === undefined) missing('a step of type archive needs a command', 'create, extract or list')
  else if (!/[$`]/.test(first) && !/^\s*(?:create|extract|list)\s*$/.test(first))
    badValue(report, command ?? at, 'is nothing that an archive step does', 'create, extract or list')
  for (const key of first === 'create' ? ['source', 'destination'] : ['source'])
    if (config[key] === undefined || config[key] === null || config[key] === '')
      missing(`a step of type archive needs ${key}`, `set with.${key}`)
}
