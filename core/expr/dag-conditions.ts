// DAG-level preconditions: evaluated once, after the run scope is ready and before anything runs.
import type { Dag } from '../spec/dag.ts'
import { type ConditionsOutcome, evaluateConditions } from './condition.ts'
import type { Ports } from './ports.ts'
import type { RunScope } from './run-scope.ts'
import { layer, lookup, lookupDeclared, toEnv } from './scope.ts'
import { conditionRunner, substituteWith } from './substitution.ts'

/** Results for the run's `prepared` report; not met: the run is aborted without a step. */
export const evaluateDagConditions = (dag: Dag, run: RunScope, ports: Ports): Promise<ConditionsOutcome> => {
  const cwd = run.data.workingDir
  const scope = layer('protected', new Map(run.data.runVars).set('PWD', cwd), run.base)
  const setting = {
    ...(ports.shell === undefined ? {} : { shell: ports.shell }),
    names: { variable: (name: string) => lookupDeclared(scope, name) },
    env: () => toEnv(scope).env,
    cwd,
  }
  const substitute = substituteWith(setting)
  const runCommand = conditionRunner(setting)
  return evaluateConditions(dag.preconditions, {
    expand: {
      names: { variable: name => lookup(scope, name) },
      host: name => run.hostEnv[name],
      field: 'preconditions',
      ...(substitute === undefined ? {} : { substitute }),
    },
    ...(runCommand === undefined ? {} : { runCommand }),
  })
}
