// Problems of evaluation: one code each, and the path of the field that could not be evaluated.
import type { Problem } from '../result.ts'

export type ExprCode =
  | 'expr.substitution_failed'
  | 'expr.needs_runner'
  | 'expr.circle'
  | 'expr.not_a_number'
  | 'expr.bad_pattern'
  | 'expr.needs_source'
  | 'expr.too_large'
  | 'expr.bad_output'
  | 'expr.call'
  | 'expr.dotenv'
  | 'expr.params'
  | 'expr.secret'

/** One problem of evaluation; `path` is the field, e.g. `env[2]`. */
export const exprProblem = (code: ExprCode, message: string, path?: string, hint?: string): Problem => ({
  code,
  message,
  ...(path === undefined ? {} : { path }),
  ...(hint === undefined ? {} : { hint }),
})

/** The field needs a shell or files, which the edge does not have. */
export const needsRunner = (what: string, path?: string): Problem =>
  exprProblem(
    'expr.needs_runner',
    `${path ?? 'a field'} needs ${what}, which the edge does not have`,
    path,
    'Give the DAG a runner: connect an agent, or set worker_selector.',
  )
