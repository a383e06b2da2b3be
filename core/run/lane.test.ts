import { describe, expect, it } from 'vitest'
import { loadDags } from '../spec/load.ts'
import { laneOf } from './lane.ts'

const lane = (text: string) => {
  const loaded = loadDags(text, { fileName: 'some-dag' })
  if (!loaded.ok) throw new Error(loaded.error.map(problem => problem.message).join('; '))
  return laneOf(loaded.value.dag)
}
const steps = (...lines: string[]) => ['steps:', ...lines.map(line => `  - ${line}`)].join('\n')

describe('a run is executed at the edge', () => {
  it.each([
    ['with steps that do nothing', steps('{name: a, type: noop}')],
    [
      'with logs of its own values',
      `params: [{WHO: you}]\nenv: [{HI: hello}]\n${steps('{type: log, with: {message: "${HI} ${WHO} ${DAG_RUN_ID}"}}')}`,
    ],
    [
      'with routers',
      `type: graph\nparams: [{ENV: a}]\n${steps('{name: r, type: router, value: "${ENV}", routes: {a: [x]}}', '{name: x, type: noop}')}`,
    ],
    [
      'with values made of those above them',
      `params: [{HOME: /h}]\nenv: [{HOME: "\${HOME}/x"}, {A: a}, {A: "\${A}b"}]\n${steps('{type: log, env: [{B: $A}], with: {message: $B}}')}`,
    ],
    ['with calls of other DAGs', steps('{name: go, call: other, params: "A=1", parallel: {items: [1, 2]}}')],
    ['with calls whose children ask for runners', steps('{name: go, call: other, worker_selector: {gpu: "yes"}}')],
    [
      'with approvals',
      steps('{name: gate, type: noop, approval: {input: [WHY]}}', '{type: log, with: {message: "${WHY}"}}'),
    ],
    [
      'with compared conditions',
      `preconditions: [{condition: "\${DAG_NAME}", expected: "some-dag"}]\n${steps('{type: noop}')}`,
    ],
    [
      'with queries, which have variables of their own',
      steps(`{type: jq, script: '{"a": [1]}', command: '.a[] as $x | {x: $x}'}`),
    ],
    ['with requests to the internet', steps('{type: http, command: GET https://api.example.com/x}')],
    [
      'with requests to an address in its env',
      `env: [{HOOK: "https://hooks.example.com/a"}]\n${steps('{type: http, with: {url: "${HOOK}?q=1", body: x}}')}`,
    ],
    [
      'with mails through a server of the internet',
      `smtp: {host: smtp.example.com, port: "465"}\n${steps('{type: mail, with: {to: a@example.com, message: hi}}')}`,
    ],
    ['for the main instance', `worker_selector: local\n${steps('{type: noop}')}`],
    [
      'with handlers that do so, too',
      `handler_on: {exit: {type: log, with: {message: bye}}}\n${steps('{type: noop}')}`,
    ],
  ])('%s', (_, text) => expect(lane(text)).toEqual({ at: 'edge', reason: 'every step can run at the edge' }))
})

const HOSTS = 'is not declared in the DAG and may be a variable of a runner'

describe('a run goes to a runner', () => {
  it.each([
    [steps('{name: a, command: echo x}'), 'step a is of type command'],
    [`handler_on: {failure: {command: x}}\n${steps('{type: noop}')}`, 'handler onFailure is of type command'],
    [steps('{name: q, type: jq, with: {input: a.json}, command: .}'), 'step q reads a file'],
    [steps('{name: q, type: jq, script: file:///a.json, command: .}'), 'step q reads a file'],
    [`worker_selector: {gpu: "yes"}\n${steps('{type: noop}')}`, 'worker_selector asks for a runner'],
    [`working_dir: /tmp\n${steps('{type: noop}')}`, 'working_dir is a directory on a runner'],
    [`artifacts: {enabled: true}\n${steps('{type: noop}')}`, 'artifacts are files on a runner'],
    [`secrets: [{name: S, provider: env, key: K}]\n${steps('{type: noop}')}`, 'its secrets are read on a runner'],
    [`dotenv: [.env, prod.env]\n${steps('{type: noop}')}`, 'dotenv reads the file prod.env'],
    [`env: [{NOW: "\`date\`"}]\n${steps('{type: noop}')}`, 'env NOW runs a command'],
    [`preconditions: ["test -f x"]\n${steps('{type: noop}')}`, 'the DAG has a condition that runs a command'],
    [steps('{name: a, type: noop, preconditions: ["true"]}'), 'step a has a condition that runs a command'],
    [steps('{name: a, type: noop, working_dir: x}'), 'step a has a working_dir'],
    [steps('{name: a, type: log, with: {message: x}, stdout: /tmp/x}'), 'step a writes to a file'],
    [
      steps('{type: log, with: {message: "${HOME}"}}'),
      '${HOME} is not declared in the DAG and may be a variable of a runner',
    ],
    [steps('{type: log, with: {message: "at ${PWD}"}}'), '${PWD} names a file on a runner'],
    [`env: [{TOKEN: "\${TOKEN}"}]\n${steps('{type: noop}')}`, `\${TOKEN} ${HOSTS}`],
    [`env: [{PATH: "/opt:$PATH"}]\n${steps('{type: noop}')}`, `\${PATH} ${HOSTS}`],
    [`params: [{name: USER, eval: "\${USER}"}]\n${steps('{type: noop}')}`, `\${USER} ${HOSTS}`],
    [steps('{type: log, env: [{HOME: "${HOME}/x"}], with: {message: "${HOME}"}}'), `\${HOME} ${HOSTS}`],
    [steps('{type: noop, env: [{A: x}, {B: "$A"}]}'), `\${A} ${HOSTS}`],
    [steps('{type: noop, env: [{A: x}]}', '{type: log, with: {message: $A}}'), `\${A} ${HOSTS}`],
    [
      steps('{id: a, type: noop}', '{type: log, with: {message: "${a.stdout}"}}'),
      '${a.stdout} names a file on a runner',
    ],
    [steps('{name: a, call: ./other.yaml}'), 'step a may call a file'],
    [
      steps('{name: a, type: http, command: GET http://10.1.2.3:80/}'),
      'step a talks to 10.1.2.3, which may be inside of a network',
    ],
    [
      steps('{name: a, type: http, command: "http://user@wiki/x"}'),
      'step a talks to wiki, which may be inside of a network',
    ],
    [
      `params: [{HOST: api.example.com}]\n${steps('{name: a, type: http, with: {url: "https://${HOST}/"}}')}`,
      'step a may talk to a host inside of a network (its URL is known at its start only)',
    ],
    [
      steps('{name: a, type: http, with: {url: "https://a.example.com", skip_tls_verify: true}}'),
      'step a does not check certificates',
    ],
    [
      `smtp: {host: mail.corp, port: "25"}\n${steps('{name: a, type: mail, with: {to: a@b.c}}')}`,
      'step a talks to mail.corp, which may be inside of a network',
    ],
    [
      `smtp: {host: smtp.example.com, port: "465", password: "\${SMTP_PASSWORD}"}\n${steps('{name: a, type: mail, with: {to: a@b.c}}')}`,
      '${SMTP_PASSWORD} is not declared in the DAG and may be a variable of a runner',
    ],
    [
      `smtp: {host: smtp.example.com}\n${steps('{name: a, type: mail, with: {to: a@b.c, attachments: [/tmp/x]}}')}`,
      'step a attaches files',
    ],
  ])('%j: %s', (text, reason) => expect(lane(text)).toEqual({ at: 'runner', reason }))
})

it('a run between a parent on a runner and its own children stays on that runner', () => {
  const loaded = loadDags(steps('{name: go, call: other}'), { fileName: 'x' })
  if (!loaded.ok) throw new Error('it loads')
  expect(laneOf(loaded.value.dag, { parent: { runnerId: 'r1' } })).toMatchObject({ at: 'runner' })
  expect(laneOf(loaded.value.dag, { parent: {} })).toMatchObject({ at: 'edge' })
})

it('a run with a profile goes to a runner', () => {
  const loaded = loadDags(steps('{type: noop}'), { fileName: 'x' })
  if (!loaded.ok) throw new Error('it loads')
  expect(laneOf(loaded.value.dag, { profile: 'prod' })).toMatchObject({ at: 'runner' })
  expect(laneOf(loaded.value.dag, { parent: { runnerId: 'r1' } })).toMatchObject({ at: 'edge' })
})
