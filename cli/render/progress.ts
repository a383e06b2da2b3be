// How a followed run is shown: a live tree in a terminal, one plain line per change elsewhere, nothing but the last word with --json.
import { allNodes, isSettled, type RunDetails } from '../client/run-details.ts'
import { createRedrawer, runTree } from './run-tree.ts'
import { duration, type Style } from './style.ts'

export interface Progress {
  changed(run: RunDetails): void
}

function plainLines(write: (line: string) => void): Progress {
  const seen = new Map<string, string>()
  let runStatus = ''
  const tellStatus = (run: RunDetails) => {
    if (run.statusLabel === runStatus) return
    runStatus = run.statusLabel
    write(`run ${run.name} ${run.dagRunId} ${run.statusLabel}${run.reason ? ` (${run.reason})` : ''}`)
  }
  return {
    changed(run) {
      // The end of the run is the last line, below the steps that led to it.
      if (!isSettled(run)) tellStatus(run)
      for (const node of allNodes(run)) {
        const key = `${node.statusLabel} ${node.attempt ?? 0}`
        if (seen.get(node.step.name) === key || node.statusLabel === 'not_started') continue
        seen.set(node.step.name, key)
        const took = node.finishedAt ? duration(node) : ''
        write(
          `step ${node.step.name} ${node.statusLabel}${took ? ` ${took}` : ''}${node.error ? `: ${node.error.split('\n', 1)[0]}` : ''}`,
        )
      }
      if (isSettled(run)) tellStatus(run)
    },
  }
}

export function createProgress(o: { style: Style; json: boolean; out: NodeJS.WriteStream }): Progress {
  if (o.json) return { changed: () => {} }
  if (!o.style.interactive) return plainLines(line => o.out.write(`${line}\n`))
  const redraw = createRedrawer(o.out)
  return { changed: run => redraw(runTree(run, o.style)) }
}
