import { describe, expect, it } from 'vitest'
import { parseConfig } from './config-file.ts'

describe('the configuration file', () => {
  it.each([
    ['queues: {config: [{name: a, max_concurrency: 3}, {name: b, maxActiveRuns: 2}, {name: c}]}', [3, 2, 1]],
    ['queues: {enabled: false, config: [{name: a, max_concurrency: 3}]}', []],
    ['port: 8080\nui: {title: x}', []],
    ['', []],
  ])('reads %s', (text, sizes) => {
    expect(parseConfig(text, 'c.yaml').queues.map(queue => queue.maxConcurrency)).toEqual(sizes)
  })

  it('says where runs go', () => {
    expect(parseConfig('default_execution_mode: distributed', 'c.yaml').executionMode).toBe('distributed')
    expect(parseConfig('port: 1', 'c.yaml').executionMode).toBeUndefined()
  })

  it.each([
    ['default_execution_mode: remote', 'c.yaml: default_execution_mode: must be "local" or "distributed"'],
    ['queues: [', 'c.yaml is not YAML'],
    ['queues: {config: [{name: a, max_concurrency: 0}]}', 'c.yaml: queues.config.0.max_concurrency'],
    ['queues: {config: [{max_concurrency: 2}]}', 'c.yaml: queues.config.0.name'],
    ['- x', 'c.yaml: the file'],
  ])('refuses %s with its place', (text, words) => {
    expect(() => parseConfig(text, 'c.yaml')).toThrow(words)
  })
})
