// The end of a failed run: the failing step's error and its last lines, without having to ask for them.
import type { LogPage } from '@edgedag/core/api/generated/answers'
import type { ApiClient } from '../client/api-client.ts'
import { runPath } from '../client/follow-run.ts'
import { allNodes, type RunDetails } from '../client/run-details.ts'
import type { Style } from '../render/style.ts'

const LINES = 15

export async function printFailure(client: ApiClient, run: RunDetails, style: Style): Promise<void> {
  await printStep(client, run, style)
  const { statusLabel, autoRetryCount = 0, autoRetryLimit } = run
  if (statusLabel === 'failed' && autoRetryCount < (autoRetryLimit ?? 0))
    process.stderr.write(
      `a server that runs will retry it by itself (retry_policy: ${autoRetryCount} of ${autoRetryLimit} used)\n`,
    )
}

async function printStep(client: ApiClient, run: RunDetails, style: Style): Promise<void> {
  const node = allNodes(run).find(n => n.statusLabel === 'failed')
  if (!node) return
  const out = process.stderr
  out.write(
    `\n${style.paint('red', `${node.step.name} failed`)}${node.error ? `: ${node.error.split('\n', 1)[0]}` : ''}\n`,
  )
  for (const stream of ['stderr', 'stdout']) {
    const path = `${runPath(run.name, run.dagRunId)}/steps/${encodeURIComponent(node.step.name)}/log?stream=${stream}&tail=${LINES}`
    const log = await client.get<Pick<LogPage, 'content'>>(path).catch(() => ({ content: '' }))
    if (log.content === '') continue
    out.write(`${style.paint('dim', `── ${stream} (last lines) ──`)}\n${log.content.trimEnd()}\n`)
    return
  }
}
