// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import { describe, expect, it } from 'vitest'
import type { Step } from '../spec/dag.ts'
import { type CommandContext, commandJobs, SCRIPT_PATH, withScriptPath } from './command-line.ts'
import { makeStep } from './fixture.ts'
import { createGeneratedEnv } from './generated-env.ts'

const VARIABLES: Record<string, string> = {
  V: "it's",
  TWO: 'x y',
  J: '{"a":"b c"}',
  KEY: 'sk-5f2a99',
}
const names = { variable: (name: string) => VARIABLES[name] }

const jobsOf = (fields: Partial<Step>, shell = ['bash'], ofStep = false) => {
  const generated = createGeneratedEnv()
  const context: CommandContext = {
    shell: { argv: shell, ofStep },
    names,
    generated,
    secrets: ['', 'sk-5f2a99'],
    exec: { names, host: () => undefined },
  }
  return { jobs: commandJobs(makeStep({ name: 's', ...fields }), context), env: generated.env }
}
const S = SCRIPT_PATH

describe('the argv of a command', () => {
  it.each<[string, string[], boolean, string[]]>([
    ['a shell gets -e', ['bash'], false, ['bash', '-e', '-c', 'true']],
    ['a shell of the step alone too', ['/bin/sh'], true, ['/bin/sh', '-e', '-c', 'true']],
    [
      'arguments of the step are left alone',
      ['bash', '-o', 'pipefail'],
      true,
      ['bash', '-o', 'pipefail', '-c', 'true'],
    ],
    ['arguments of the DAG are added to', ['bash', '-u'], false, ['bash', '-u', '-e', '-c', 'true']],
    ['-e is not given twice', ['sh', '-ex'], false, ['sh', '-ex', '-c', 'true']],
    ['nor errexit by its name', ['bash', '-o', 'errexit'], false, ['bash', '-o', 'errexit', '-c', 'true']],
    ['a -c that is there stays last', ['bash', '-u', '-c'], false, ['bash', '-u', '-e', '-c', 'true']],
    ['one among other letters too', ['bash', '-lc'], true, ['bash', '-lc', 'true']],
    ['an unknown shell gets -c only', ['fish'], false, ['fish', '-c', 'true']],
    ['cmd gets /c', ['cmd.exe'], false, ['cmd.exe', '/c', 'true']],
    ['nix-shell gets packages and --run', ['nix-shell'], false, ['nix-shell', '-p', 'jq', '--run', 'true']],
    ['no shell: words', [], false, ['true']],
  ])('%s', (_, shell, ofStep, argv) => {
    const packages = shell[0] === 'nix-shell' ? ['jq'] : []
    expect(jobsOf({ commands: ['true'], shellPackages: packages }, shell, ofStep).jobs.map(job => job.argv)).toEqual([
      argv,
    ])
  })

  it('for PowerShell stops on errors and reads values as variables', () => {
    const { jobs, env } = jobsOf({ commands: ['echo "$V" \'${V}!\' ${J.a}'] }, ['pwsh'])
    expect(jobs[0]?.argv.slice(0, 3)).toEqual(['pwsh', '-NoProfile', '-Command'])
    expect(jobs[0]?.argv[3]).toMatch(/^\$ErrorActionPreference = 'Stop'\n/)
    expect(jobs[0]?.argv[3]).toContain("echo \"${env:EDGEDAG_REF_1}\" 'it''s!' ${env:EDGEDAG_REF_2}")
    expect(env).toEqual({ EDGEDAG_REF_1: "it's", EDGEDAG_REF_2: 'b c' })
  })

  it('without a shell is cut into words before anything is filled in', () => {
    const { jobs } = jobsOf({ commands: ['printf "%s|" $TWO "a $TWO" \'$TWO\' $NOPE x\\ y'] }, [])
    expect(jobs[0]?.argv).toEqual(['printf', '%s|', 'x y', 'a x y', '$TWO', '', 'x y'])
  })

  it('of exec is expanded word by word; unknown names become empty', () => {
    const { jobs } = jobsOf({ exec: { command: 'printf', args: ['$TWO', '`x`', '$NOPE', "'${TWO}'", '${J.a}'] } })
    expect(jobs[0]?.argv).toEqual(['printf', 'x y', '`x`', '', "'${TWO}'", 'b c'])
  })

  it('is one job for each command of a list', () => {
    expect(jobsOf({ commands: ['a', 'b'] }, ['sh']).jobs.map(({ argv }) => argv[3])).toEqual(['a', 'b'])
  })

  it('reads for people with its values filled in', () => {
    expect(jobsOf({ commands: ["echo '$V' $TWO ${J.a}"] }).jobs[0]?.display).toBe("echo '$V' x y b c")
  })

  it('shows no part of a secret, whatever is cut out of it', () => {
    const line = 'login $KEY ${KEY:0:4} ${KEY#sk-} ${KEY/9/} ${KEY^^}'
    const { jobs } = jobsOf({ commands: [line] })
    expect(jobs[0]?.display).toBe('login ******* **** ******* ******* *******')
    expect(jobs[0]?.argv).toEqual(['bash', '-e', '-c', line])
  })
})

describe('a script', () => {
  it.each<[string, Partial<Step>, string[], boolean, string[]]>([
    ['is a file for the shell', { script: 'a' }, ['bash'], false, ['bash', '-e', S]],
    ['loses a -c of the shell', { script: 'a' }, ['bash', '-u', '-c'], true, ['bash', '-u', S]],
    ['loses only the c of -lc', { script: 'a' }, ['bash', '-lc'], true, ['bash', '-l', S]],
    [
      'may name its interpreter',
      { script: '#!/usr/bin/env python3\nx' },
      ['bash'],
      false,
      ['/usr/bin/env', 'python3', S],
    ],
    [
      'gives it one argument as the kernel does',
      { script: '#!/bin/awk -f  -v x \n' },
      ['sh'],
      false,
      ['/bin/awk', '-f  -v x', S],
    ],
    ['has no say where the step names a shell', { script: '#!/bin/cat\nx' }, ['sh'], true, ['sh', '-e', S]],
    [
      'is an argument of the command beside it',
      { script: 'x', commands: ['sed -n 2p'] },
      ['sh'],
      false,
      ['sed', '-n', '2p', S],
    ],
    ['may be a command of several lines', { commands: ['a\nb\n'] }, ['sh'], false, ['sh', '-e', S]],
    ['is run by sh where there is no shell', { script: 'a' }, [], false, ['sh', '-e', S]],
    [
      'of PowerShell is a .ps1',
      { script: 'a' },
      ['pwsh'],
      false,
      ['pwsh', '-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', S],
    ],
  ])('%s', (_, fields, shell, ofStep, argv) => {
    const [job] = jobsOf(fields, shell, ofStep).jobs
    expect(job?.argv).toEqual(argv)
    expect(job?.script?.suffix).toBe(shell[0] === 'pwsh' ? '.ps1' : '')
    expect(withScriptPath(job!, '/tmp/$&').join(' ')).toContain('/tmp/$&')
  })

  it.each([
    ['in quotes', "x = 'a ${J.a}' # ${V.none}", "x = 'a b c' # ${V.none}"],
    ['as a whole string', 'x = "${V}"', 'x = "it\'s"'],
    ['as a literal outside quotes', 'x = ${J.a}; y = ${R.n}', 'x = "b c"; y = 5'],
    ['never as code', 'x = ${R.bad}', 'x = "1; import os"'],
    ['never as the end of a string', "x = '${R.quote}'", "x = '\\'); evil(\\\"'"],
    ['leaving its own dollars alone', 'x = f"$V ${V}"', 'x = f"$V ${V}"'],
  ])('of another language gets values %s', (_, script, expected) => {
    VARIABLES.R = JSON.stringify({ n: 5, bad: '1; import os', quote: '\'); evil("' })
    expect(jobsOf({ script: `#!/usr/bin/python3\n${script}` }).jobs[0]?.script?.content).toBe(
      `#!/usr/bin/python3\n${expected}`,
    )
  })
})
