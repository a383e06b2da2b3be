import { describe, expect, it } from 'vitest'
import { backoffMs } from './connection/backoff.ts'
import { readOptions } from './options.ts'
import { runFolder, runPaths, safeSegment, stepPaths } from './state/paths.ts'

const base = ['--url', 'https://example.com', '--state', '/var/lib/agent']

describe('the command line', () => {
  it('takes labels, capacity and variables to pass on', () => {
    const options = readOptions([
      ...base,
      '--label',
      'zone=a',
      '--label',
      'os=linux',
      '--capacity',
      '4',
      '--env-passthrough',
      'A, B*',
    ])
    expect(options).toMatchObject({
      ok: true,
      value: { labels: { zone: 'a', os: 'linux' }, capacity: 4, envPassthrough: ['A', 'B*'], exitWithStdin: false },
    })
  })

  it('takes labels as one list, too; a label of its own wins', () => {
    const options = readOptions([...base, '--labels', 'zone=a, os=linux,', '-l', 'gpu=yes', '--label', 'zone=b'])
    expect(options).toMatchObject({ ok: true, value: { labels: { zone: 'b', os: 'linux', gpu: 'yes' } } })
  })

  it.each([
    [['--state', '/x'], /--url/],
    [['--url', 'ftp://x', '--state', '/x'], /--url/],
    [['--url', 'https://example.com'], /--state/],
    [[...base, '--label', 'zone'], /key=value/],
    [[...base, '--labels', 'zone=a,os'], /os is not .*key=value/],
    [[...base, '--capacity', '0'], /--capacity/],
    [[...base, '--colour', 'red'], /colour/],
  ])('refuses %j with a reason', (argv, reason) => {
    expect(readOptions(argv)).toEqual({ ok: false, error: expect.stringMatching(reason) })
  })
})

describe('file names', () => {
  it.each(['a', 'build-1', 'x.y_z'])('%s stays as it is', name => expect(safeSegment(name)).toBe(name))
  it.each(['..', '../../etc', 'a/b', 'ü', '.hidden', 'x'.repeat(255), 'a b'])('%s becomes a safe one', name => {
    expect(safeSegment(name)).toMatch(/^[\w-]+$/)
    expect(safeSegment(name)).not.toBe(safeSegment(`${name}2`))
  })
  it('of a step end in .out and .err, or .log where the streams are merged', () => {
    const paths = runPaths('/runs', 'r1')
    expect(stepPaths(paths, 'a', 2, false)).toMatchObject({
      dir: '/runs/r1/a.2',
      stdout: '/runs/r1/a.2.out',
      stderr: '/runs/r1/a.2.err',
    })
    expect(stepPaths(paths, 'a', 2, true)).toMatchObject({
      stdout: '/runs/r1/a.2.log',
      stderr: '/runs/r1/a.2.log',
    })
    const moved = runPaths('/runs', 'r1', runFolder('/logs', 'dag', 'r1', Date.UTC(2026, 10, 21, 9, 5, 3)))
    expect(stepPaths(moved, 'a', 1, false).stdout).toBe('/logs/dag/dag-run_20261121_090503Z_r1/a.1.out')
  })
})

it('waits at random up to a ceiling that doubles to ten seconds', () => {
  expect([1, 2, 3, 6, 7, 50].map(failures => backoffMs(failures, 0.999999))).toEqual([
    200, 400, 800, 6400, 10_000, 10_000,
  ])
  expect(backoffMs(5, 0)).toBe(0)
})
