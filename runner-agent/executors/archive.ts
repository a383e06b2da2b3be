// The archive step (archive.create, archive.extract, archive.list): its command is what to do; it prints what it did as JSON.
import { createArchive } from '../archive/create.ts'
import { extractArchive } from '../archive/extract.ts'
import { listArchive } from '../archive/list.ts'
import { ArchiveProblem, EXIT_CODES, problemOf } from '../archive/problem.ts'
import { type ArchiveSettings, readSettings } from '../archive/settings.ts'
import type { Work } from '../archive/work.ts'
import type { ExecutorContext, ExecutorEnd, StepExecutor } from './executor.ts'

/** What is said of files is written together. */
const SAID_CHARS = 16 * 1024

async function perform(
  command: string,
  settings: ArchiveSettings,
  cwd: string,
  work: Work,
): Promise<object & { errors?: string[] }> {
  if (command === 'create') return await createArchive(settings, work)
  if (command === 'extract') return await extractArchive(settings, cwd, work)
  if (command === 'list') return await listArchive(settings, work)
  throw new ArchiveProblem(
    'settings',
    `${JSON.stringify(command)} is nothing that an archive step does: create, extract or list`,
  )
}

async function execute({ request, cwd, env, write, signal, isInterrupted }: ExecutorContext): Promise<ExecutorEnd> {
  let isVerbose = false
  let said = ''
  const tell = (least: number) => {
    if (said.length <= least) return
    write('stderr', said)
    said = ''
  }
  const work: Work = {
    signal: signal(),
    programs: env.PATH,
    say(line) {
      if (!isVerbose) return
      said += `${line}\n`
      tell(SAID_CHARS)
    },
  }
  try {
    const settings = readSettings(request.config, cwd)
    isVerbose = settings.verbose
    const result = await perform((request.commands[0] ?? '').trim(), settings, cwd, work)
    tell(0)
    write('stdout', `${JSON.stringify(result, null, 2)}\n`)
    if (result.errors === undefined) return { exitCode: 0 }
    return { exitCode: EXIT_CODES.partly, error: `archive: some files were left out: ${result.errors[0]}` }
  } catch (error) {
    tell(0)
    if (isInterrupted()) return { exitCode: -1 }
    const problem = problemOf(error)
    return { exitCode: problem.exitCode, error: `archive: ${problem.message}` }
  }
}

export const archiveExecutor: StepExecutor = {
  types: ['archive'],
  // An archive is made beside its place; what is extracted again replaces itself, if it may.
  isRepeatable: ({ commands, config }) =>
    (commands[0] ?? '').trim() !== 'extract' || String(config.overwrite) === 'true',
  execute,
}
