// A dry run on this machine: its variables and dotenv files, and nothing that runs.
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { type DryRun, dryRun } from '@edgedag/core/expr/dry-run'
import type { Overrides } from '@edgedag/core/params/overrides'
import type { Result } from '@edgedag/core/result'
import type { Dag } from '@edgedag/core/spec/dag'
import { hostEnvironment } from '@edgedag/runner-agent/host-environment'

/** Resolves a DAG of a file in `sourceDir`. */
export const dryRunHere = (dag: Dag, overrides: Overrides, sourceDir: string): Promise<Result<DryRun>> =>
  dryRun(dag, overrides, {
    sourceDir,
    hostEnv: hostEnvironment(process.env),
    host: hostname(),
    files: {
      readText: async path => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
      exists: async path => existsSync(path),
    },
  })
