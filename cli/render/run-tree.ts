// A run in a terminal: one header, one line a step. The same lines serve `status` (once) and `start` (redrawn in place).
import { allNodes, type NodeDetails, type RunDetails } from '../client/run-details.ts'
import { duration, type Style, statusIcon, statusWord } from './style.ts'

function nodeLine(node: NodeDetails, style: Style, isLast: boolean): string {
  const took = duration(node)
  const tries = node.retryCount ? ` ${style.paint('dim', `(retried ${node.retryCount}×)`)}` : ''
  const why = node.error ?? (node.statusLabel === 'running' ? undefined : node.reason)
  const reason = why ? ` ${style.paint(node.error ? 'red' : 'dim', `— ${firstLine(why)}`)}` : ''
  const branch = style.paint('dim', isLast ? '└─' : '├─')
  return `${branch} ${statusIcon(node.statusLabel, style)} ${node.step.name}${took ? ` ${style.paint('dim', took)}` : ''}${tries}${reason}`
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** Lines without newlines, top to bottom. */
export function runTree(run: RunDetails, style: Style): string[] {
  const took = duration(run)
  const header = `${statusIcon(run.statusLabel, style)} ${style.paint('bold', run.name)} ${style.paint('dim', run.dagRunId)} ${statusWord(run.statusLabel, style)}${took ? ` ${style.paint('dim', took)}` : ''}`
  const nodes = allNodes(run)
  const notes = [run.params ? `params: ${run.params}` : '', run.error ?? run.reason ?? ''].filter(Boolean)
  return [
    header,
    ...notes.map(note => style.paint('dim', `   ${firstLine(note)}`)),
    ...nodes.map((node, index) => nodeLine(node, style, index === nodes.length - 1)),
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
