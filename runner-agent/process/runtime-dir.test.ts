import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openRuntimeDir } from './runtime-dir.ts'

let parent = ''
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'edgedag-runtime-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

it('removes the folders of dead agents, and of nobody else', () => {
  const own = openRuntimeDir(parent)
  const [, world, pid, startTime] = /^edgedag-jobs-(\d+)-(\d+)-(\d+)-\w+$/.exec(basename(own.path)) ?? []
  expect(Number(pid)).toBe(process.pid)
  const dead = [`edgedag-jobs-${world}-${pid}-1-aaaaaa`, `edgedag-jobs-${world}-4194999-${startTime}-aaaaaa`]
  const others = ['edgedag-jobs-1-4194999-5-aaaaaa', 'edgedag-jobs-x', 'other-4194999']
  for (const name of [...dead, ...others]) mkdirSync(join(parent, name))
  const next = openRuntimeDir(parent)
  expect(readdirSync(parent).sort()).toEqual([basename(own.path), basename(next.path), ...others].sort())
  next.remove()
  own.remove()
  expect(readdirSync(parent).sort()).toEqual(others.sort())
})
