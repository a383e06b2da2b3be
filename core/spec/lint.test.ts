import { describe, expect, it } from 'vitest'
import { loadDags } from './load.ts'

const NOW = Date.UTC(2026, 10, 21)

const lint = (text: string) => {
  const loaded = loadDags(text, { fileName: 'linted.yaml', lint: { nowMs: NOW } })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value.warnings.map(({ code, path, line, column }) => `${code} ${path} ${line}:${column}`)
}

const step = (fields: string) => `steps:\n  - ${fields}\n`
const ONE = 'steps: ["true"]\n'
const DOLLAR = '$'

describe('the linter warns of', () => {
  it.each<[string, string, string[]]>([
    ['an output that nobody reads', step('{command: date, output: WHEN}'), ['lint.unused_output steps[0].output 2:29']],
    [
      'an output that goes nowhere',
      step('{command: date, output: {name: WHEN, omit: true, key: when}}'),
      ['lint.unused_output steps[0].output 2:29'],
    ],
    [
      'structured outputs that nobody reads',
      step('{id: a, command: date, output: {when: {from: stdout}}}'),
      ['lint.unused_output steps[0].output 2:36'],
    ],
    [
      'a value that eval runs',
      `steps:\n  - script: |\n      echo start\n      eval "run ${DOLLAR}NAME"\n`,
      ['lint.value_as_code steps[0].script 4:7'],
    ],
    [
      'a value in the text of an inner shell',
      step(`command: 'bash -ec "rm ${DOLLAR}{DIR}/x"'`),
      ['lint.value_as_code steps[0].command 2:15'],
    ],
    [
      'a value that is put into the single-quoted text of an inner shell',
      `env: {DIR: /tmp}\nsteps:\n  - command: sh -c 'rm ${DOLLAR}{DIR}/x'\n`,
      ['lint.value_as_code steps[0].command 3:14'],
    ],
    [
      'a value in the argument of a shell without a shell',
      `env: {DIR: /tmp}\nsteps:\n  - exec: {command: /bin/sh, args: [-c, "rm ${DOLLAR}{DIR}/x"]}\n`,
      ['lint.value_as_code steps[0].exec 3:11'],
    ],
    ['a schedule that never fires', `schedule: "0 0 30 2 *"\n${ONE}`, ['lint.never_fires schedule 1:11']],
    [
      'one of several schedules that never fires',
      `schedule:\n  start: ["0 1 * * *", "CRON_TZ=UTC 0 0 31 4,6,9,11 *"]\n${ONE}`,
      ['lint.never_fires schedule.start[1] 2:24'],
    ],
    [
      'a one-off time that is over',
      `schedule:\n  - {kind: at, at: "2026-01-01T00:00:00Z"}\n${ONE}`,
      ['lint.never_fires schedule[0].at 2:20'],
    ],
    [
      'a step that nothing executes',
      step('{command: ls, container: alpine}'),
      ['lint.not_executed steps[0].container 2:30'],
    ],
    [
      'a step that nothing executes because of its DAG',
      `container: {image: alpine}\n${ONE}`,
      ['lint.not_executed container 1:12'],
    ],
    ['a limit on the steps of a chain', `max_active_steps: 2\n${ONE}`, ['lint.no_effect max_active_steps 1:19']],
    ['catch-up without a schedule', `catchup_window: 1h\n${ONE}`, ['lint.no_effect catchup_window 1:17']],
    ['an overlap policy without catch-up', `overlap_policy: all\n${ONE}`, ['lint.no_effect overlap_policy 1:17']],
    ['a pause without a restart', `restart_wait_sec: 3\n${ONE}`, ['lint.no_effect restart_wait_sec 1:19']],
    ['a mail without a server', `error_mail: {from: a@b.c, to: d@e.f}\n${ONE}`, ['lint.no_effect error_mail 1:13']],
    ['a directory for artifacts that are not kept', `artifacts: {dir: /a}\n${ONE}`, ['lint.no_effect artifacts 1:12']],
    [
      'an interval that cannot grow to its maximum',
      step('{command: "x", retry_policy: {limit: 1, interval_sec: 1, max_interval_sec: 9}}'),
      ['lint.no_effect steps[0].retry_policy.max_interval_sec 2:80'],
    ],
    [
      'no interval that its maximum shortens, by the default interval of a DAG too',
      `retry_policy: {limit: 1, max_interval_sec: 9}\n${ONE}`,
      [],
    ],
    [
      'a repetition that says no when',
      step('{command: "x", repeat_policy: {interval_sec: 1}}'),
      ['lint.no_effect steps[0].repeat_policy 2:35'],
    ],
    [
      'mark_success of nothing',
      step('{command: "x", continue_on: {mark_success: true}}'),
      ['lint.no_effect steps[0].continue_on.mark_success 2:48'],
    ],
    [
      'packages for another shell',
      step('{command: "x", shell_packages: [jq]}'),
      ['lint.no_effect steps[0].shell_packages 2:36'],
    ],
    [
      'what Dagu ignores in a handler',
      `handler_on:\n  exit: {command: "x", env: {A: b}}\n${ONE}`,
      ['lint.ignored_elsewhere handler_on.exit.env 2:29'],
    ],
    [
      'the schedule of a document that is only called',
      `${ONE}---\nname: child\nschedule: "0 0 * * *"\n${ONE}`,
      ['lint.no_effect document[1].schedule 4:11'],
    ],
  ])('%s', (_what, text, expected) => {
    expect(lint(text)).toEqual(expected)
  })
})

describe('the linter is silent about', () => {
  it.each<[string, string]>([
    ['an output that a later step reads', `steps:\n  - {command: date, output: WHEN}\n  - echo ${DOLLAR}WHEN\n`],
    ['an output that a script reads by its name', `steps:\n  - {command: date, output: WHEN}\n  - printenv WHEN\n`],
    ['an output with a key of its own', step('{command: date, output: {name: WHEN, key: when}}')],
    [
      'an output read through the id',
      `steps:\n  - {id: a, command: date, output: WHEN}\n  - echo ${DOLLAR}{a.output}\n`,
    ],
    ['what a called document captures', `${ONE}---\nname: child\nsteps:\n  - {command: date, output: WHEN}\n`],
    ['eval of a command', step(`command: 'eval "${DOLLAR}(ssh-agent -s)"'`)],
    ['an inner shell with a text of its own', step(`command: sh -c 'for f in *; do echo "${DOLLAR}f"; done'`)],
    ['an inner shell that gets arguments', step(`command: sh -c 'echo "${DOLLAR}1"' sh "${DOLLAR}NAME"`)],
    [
      'the eval of another language',
      `steps:\n  - script: |\n      #!/usr/bin/env python3\n      x = eval (f"${DOLLAR}NAME")\n`,
    ],
    ['the leap day', `schedule: "0 0 29 2 *"\n${ONE}`],
    ['a time to come', `schedule:\n  - {kind: at, at: "2027-01-01T00:00:00Z"}\n${ONE}`],
    ['artifacts that are switched off', `artifacts: {enabled: false, dir: /a}\n${ONE}`],
    ['a limit on the steps of a graph', `type: graph\nmax_active_steps: 2\n${ONE}`],
  ])('%s', (_what, text) => {
    expect(lint(text)).toEqual([])
  })
})
