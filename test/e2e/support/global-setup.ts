// Builds the product once before the files start it, and looks at the end for what was left behind.
// Promise: a test that leaves a process or a folder of its own fails the run.
import { readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exec, kill, processesNaming } from '../../fixtures/processes.ts'
import { cleanEnv, ROOT } from '../../fixtures/product.ts'
import { MARK_ENV, newMark, prefixOf } from './mark.ts'

export async function setup(): Promise<() => void> {
  // In a process of its own: the test runner's NODE_ENV would make the dashboard a development build.
  await exec(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, env: cleanEnv() })
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
