// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDags } from '@edgedag/core/spec/load'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dryRunHere } from './dry-run-here.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgedag-dry-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const dry = async (text: string, overrides?: string) => {
  const loaded = loadDags(text, { fileName: 'd.yaml' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return dryRunHere(loaded.value.dag, overrides, dir)
}
const textsOf = async (text: string, overrides?: string) => {
  const run = await dry(text, overrides)
  if (!run.ok) throw new Error(JSON.stringify(run.error))
  return run.value.steps.map(step => step.text)
}

describe('a dry run', () => {
  it('fills in params, env, dotenv and step env', async () => {
    writeFileSync(join(dir, '.env'), 'FILE=dot\n')
    const text =
      'params: [WHO: you]\nenv: [GREET: "hi ${WHO}"]\nworking_dir: .\nsteps:\n  - {command: echo $GREET $FILE $OWN, env: {OWN: mine}}\n'
    expect(await textsOf(text, 'WHO=me')).toEqual([['echo hi me dot mine']])
  })

  it('leaves outputs and backticks as they are written, and runs nothing', async () => {
    const text = `env: [DAY: "\`touch ${dir}/ran\`"]\nsteps:\n  - {id: a, command: date, output: WHEN}\n  - echo $WHEN \${a.output} $DAY\n`
    expect(await textsOf(text)).toEqual([['date'], [`echo $WHEN \${a.output} \`touch ${dir}/ran\``]])
    expect(existsSync(join(dir, 'ran'))).toBe(false)
  })

  it('shows secrets masked, also those that could not be read', async () => {
    const text = 'secrets: [{name: TOKEN, provider: file, key: nowhere}]\nsteps: ["curl -u $TOKEN u"]\n'
    expect(await textsOf(text)).toEqual([['curl -u ******* u']])
  })

  it('says the conditions of a step in words, and what handlers do', async () => {
    const run = await dry(
      'env: [MODE: ci]\nhandler_on: {exit: {command: echo $MODE over}}\nsteps:\n  - {command: x, preconditions: [{condition: "${MODE}", expected: prod, negate: true}, "test -f a"]}\n',
    )
    expect(run.ok && run.value.steps).toMatchObject([
      { when: ['ci is not prod', 'test -f a succeeds'] },
      { handler: 'exit', text: ['echo ci over'] },
    ])
  })

  it('is refused for parameters that the run would refuse', async () => {
    expect(await dry('params: [{name: N, type: integer, default: 1}]\nsteps: ["x"]\n', 'N=many')).toMatchObject({
      ok: false,
    })
  })
})
