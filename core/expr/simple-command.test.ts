import { describe, expect, it } from 'vitest'
import { simpleCommand } from './simple-command.ts'

describe('a command line that needs no shell', () => {
  it.each([
    ['true', ['true']],
    ['./backup.sh  --all /srv/data', ['./backup.sh', '--all', '/srv/data']],
    ['rsync -a user@host:/data/ /backup', ['rsync', '-a', 'user@host:/data/', '/backup']],
    ['make TARGET=all', ['make', 'TARGET=all']],
  ])('%s is its words', (line, words) => {
    expect(simpleCommand(line)).toEqual(words)
  })
})

describe('a command line that only a shell understands', () => {
  it.each([
    'echo hi',
    'cd /tmp',
    'A=1 env',
    'ls *.txt',
    'echo $HOME',
    'a | b',
    'a && b',
    "say 'x'",
    'sleep 1; true',
    'ls ~',
    'cat <in',
    '[ -f x ]',
    'kill %1',
    'run =ls',
    '',
    'a\tb',
    'x #c',
    '! true',
    'if',
    '-c',
  ])('%s', line => {
    expect(simpleCommand(line)).toBeUndefined()
  })
})
