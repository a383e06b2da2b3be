// A run in a terminal: one header, one line a step. The same lines serve `status` (once) and `start` (redrawn in place).
import { allNodes, type NodeDetails, type RunDetails, type SubRun } from '../client/run-details.ts'
import { countdown, duration, type Style, statusIcon, statusWord } from './style.ts'

function nodeLine(node: NodeDetails, style: Style, isLast: boolean): string {
  const took = duration(node)
  const tries = node.retryCount ? ` ${style.paint('dim', `(retried ${node.retryCount}×)`)}` : ''
  const why = node.error ?? (node.statusLabel === 'running' ? undefined : node.reason)
  const reason = why ? ` ${style.paint(node.error ? 'red' : 'dim', `— ${firstLine(why)}`)}` : ''
  const branch = style.paint('dim', isLast ? '└─' : '├─')
  return `${branch} ${statusIcon(node.statusLabel, style)} ${node.step.name}${took ? ` ${style.paint('dim', took)}` : ''}${tries}${reason}`
}

/** Called runs that are shown below their step; the others are counted. */
const SUB_RUNS_SHOWN = 10

/** Those that did not end well come first: they are what people look for. */
function subRunLines(node: NodeDetails, style: Style, isLast: boolean): string[] {
  const { subRuns = [], subRunCounts } = node
  const isBad = (run: SubRun) => ['failed', 'aborted', 'rejected'].includes(run.statusLabel ?? '')
  const shown = [...subRuns.filter(isBad), ...subRuns.filter(run => !isBad(run))].slice(0, SUB_RUNS_SHOWN)
  const indent = style.paint('dim', isLast ? '      ' : '│     ')
  const lines = shown.map(run => {
    const facts = [run.params ?? '', run.dagRunId].filter(Boolean).join(' ')
    return `${indent}${statusIcon(run.statusLabel ?? '', style)} ${run.dagName ?? 'child'} ${style.paint('dim', facts)}`
  })
  const total = subRunCounts?.total ?? subRuns.length
  if (total <= shown.length) return lines
  const counts = Object.entries(subRunCounts ?? {})
    .filter(([key, count]) => key !== 'total' && key !== 'repeated' && count > 0)
    .map(([status, count]) => `${count} ${status}`)
  return [...lines, `${indent}${style.paint('dim', `… ${total} child runs: ${counts.join(', ')}`)}`]
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** What happens next by itself, or what to type so that something does. */
function nextOf(run: RunDetails): string {
  const { statusLabel, nextRetryAt, name, dagRunId } = run
  if (statusLabel === 'failed' && nextRetryAt)
    return `retried by itself ${countdown(nextRetryAt)} (${(run.autoRetryCount ?? 0) + 1} of ${run.autoRetryLimit})`
  const waits = statusLabel === 'waiting' && run.nodes.some(node => node.statusLabel === 'waiting')
  const isCalled = run.rootDAGRunId !== undefined && run.rootDAGRunId !== dagRunId
  return waits && !isCalled ? `decide with: edgedag approve ${name} -r ${dagRunId} (or push-back, reject)` : ''
}

/** Lines without newlines, top to bottom. */
export function runTree(run: RunDetails, style: Style): string[] {
  const took = duration(run)
  const header = `${statusIcon(run.statusLabel, style)} ${style.paint('bold', run.name)} ${style.paint('dim', run.dagRunId)} ${statusWord(run.statusLabel, style)}${took ? ` ${style.paint('dim', took)}` : ''}`
  const nodes = allNodes(run)
  const notes = [run.params ? `params: ${run.params}` : '', run.error ?? run.reason ?? '', nextOf(run)].filter(Boolean)
  return [
    header,
    ...notes.map(note => style.paint('dim', `   ${firstLine(note)}`)),
    ...nodes.flatMap((node, index) => {
      const isLast = index === nodes.length - 1
      return [nodeLine(node, style, isLast), ...subRunLines(node, style, isLast)]
    }),
  ]
}

/** Draws a tree again and again over itself; lines that do not fit the window's height are left out from the middle. */
export function createRedrawer(out: NodeJS.WriteStream): (lines: string[]) => void {
  let drawn = 0
  return lines => {
    const room = Math.max(4, (out.rows ?? 24) - 1)
    const shown =
      lines.length <= room
        ? lines
        : [...lines.slice(0, 2), `   … ${lines.length - room + 1} more`, ...lines.slice(lines.length - room + 3)]
    const up = drawn > 0 ? `\u001b[${drawn}A` : ''
    out.write(`${up}${shown.map(line => `\r\u001b[2K${line}`).join('\n')}\n\u001b[0J`)
    drawn = shown.length
  }
}
