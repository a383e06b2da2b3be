// Builds the product once before the files start it, and looks at the end for what was left behind.
// Promise: a test that leaves a process or a folder of its own fails the run.
import { readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAll } from '../../../scripts/build.ts'
import { kill, processesNaming } from '../../fixtures/processes.ts'
import { MARK_ENV, newMark, prefixOf } from './mark.ts'

export async function setup(): Promise<() => void> {
  await buildAll(line => process.stderr.write(`e2e: ${line}\n`))
  const mark = newMark()
  process.env[MARK_ENV] = mark
  return () => checkNothingIsLeft(prefixOf(mark))
}

function checkNothingIsLeft(prefix: string): void {
  const processes = processesNaming(prefix)
  const folders = readdirSync(tmpdir()).filter(name => name.startsWith(prefix))
  for (const { pid } of processes) kill(pid, 'SIGKILL')
  for (const folder of folders) rmSync(join(tmpdir(), folder), { recursive: true, force: true })
  if (processes.length + folders.length === 0) return
  const names = processes.map(({ pid, command }) => `${command} (pid ${pid})`)
  throw new Error(`the tests left something behind: ${[...names, ...folders].join(', ')}`)
}
