// Shell, script and exec steps: processes one after another; the first that fails ends the step.
import { writeFileSync } from 'node:fs'
import { type Job, withScriptPath } from '@edgedag/core/expr/command-line'
import type { ExecutorContext, ExecutorEnd, StepExecutor } from './executor.ts'
import { programProblem, startsByItself } from './find-program.ts'

export const commandExecutor: StepExecutor = {
  types: ['command', 'shell', 'script', 'exec'],
  isRepeatable: () => false,
  isProcess: true,
  async execute(context) {
    let end: ExecutorEnd = { exitCode: 0 }
    for (const [index, job] of context.jobs.entries()) {
      if (context.isInterrupted()) return end
      const argv = directly(context, job) ?? throughShell(context, index, job)
      if ('error' in argv) return { exitCode: 1, error: argv.error }
      end = await context.run({ index, argv })
      if (end.exitCode !== 0 || end.lost) return end
    }
    return end
  },
}

/** Undefined: it needs its shell. */
const directly = ({ env, cwd }: ExecutorContext, { direct }: Job): string[] | undefined =>
  direct && startsByItself(direct[0] ?? '', env.PATH, cwd) ? direct : undefined

const throughShell = (context: ExecutorContext, index: number, job: Job): string[] | { error: string } => {
  const argv = job.script === undefined ? job.argv : withScriptPath(job, writeScript(context, index, job.script))
  const error = programProblem(argv[0] ?? '', context.env.PATH, context.cwd)
  return error === undefined ? argv : { error }
}

/** Scripts live beside the step's own files, not in its working directory: nothing is left behind there. */
const writeScript = (context: ExecutorContext, index: number, script: { content: string; suffix: string }): string => {
  const path = `${context.dir}.script-${index}${script.suffix}`
  writeFileSync(path, script.content, { mode: 0o700 })
  return path
}
