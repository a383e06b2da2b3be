// Runs that are under way, for tests of what comes over them.
import { Cluster } from './cluster.ts'
import { chain } from './dags.ts'
import type { Script } from './ideal-agent.ts'

/** These steps never end by themselves. */
const hangs =
  (...names: string[]): Script =>
  step =>
    names.includes(step) ? 'hang' : {}

/** A run that stands at its step `b`. */
export const begun = (dag = chain(['a', 'b', 'c']), options = {}): Cluster =>
  new Cluster(dag, { script: hangs('b'), ...options }).accept().run()

/** The last frame that a host was sent. */
export const lastFrame = (cluster: Cluster) => cluster.commands.filter(command => command.type === 'send').at(-1)!.frame
