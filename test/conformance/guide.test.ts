import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseInvocation } from '@edgedag/cli/commands/command'
import { COMMANDS } from '@edgedag/cli/commands/index'
import { styleFor } from '@edgedag/cli/render/style'
import { loadDags } from '@edgedag/core/spec/load'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const GUIDE = join(ROOT, 'docs/guide')
const pages = [join(ROOT, 'README.md'), ...readdirSync(GUIDE).map(name => join(GUIDE, name))].filter(path =>
  path.endsWith('.md'),
)

/** Fenced blocks of a language: page, line, text. */
function blocks(language: string): [where: string, text: string][] {
  return pages.flatMap(path => {
    const page = readFileSync(path, 'utf8')
    return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
      ({ index, 1: text = '' }): [string, string] => [
        `${path.slice(ROOT.length + 1)}:${page.slice(0, index).split('\n').length}`,
        text,
      ],
    )
  })
}

/** Shell words, as far as the guide's lines need them: quotes, no expansion; what is behind a pipe or a redirection is left out. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word)
  const end = words.findIndex(word => /^([|<>#]|&&)/.test(word))
  return (end < 0 ? words : words.slice(0, end)).map(word => word.replace(/(["'])(.*?)\1/g, '$2'))
}

/** Every `edgedag COMMAND ...` of a block, without what stands before it in its line. */
const commandLines = (text: string): string[] =>
  text.split('\n').flatMap(line => /(?:^|\| |&& )(?:npx )?edgedag (.*)$/.exec(line)?.[1] ?? [])

/** `edgedag a|b NAME` within a sentence: each of them. */
const inline = (): (readonly [where: string, line: string])[] =>
  pages.flatMap(path =>
    [...readFileSync(path, 'utf8').matchAll(/`(?:npx )?edgedag ([a-z|-]+)([^`]*)`/g)].flatMap(
      ([, names = '', rest = '']) =>
        names.split('|').map(name => [path.slice(ROOT.length + 1), `${name}${rest}`] as const),
    ),
  )

const examples = async () =>
  (await Promise.all(Object.values(COMMANDS).map(load => load()))).flatMap(({ examples }) =>
    examples.map(([line]) => line.replace(/^source <\((.*)\)$/, '$1').replace(/^edgedag /, '')),
  )

async function check(line: string): Promise<void> {
  const [name = '', ...words] = wordsOf(line)
  const command = await COMMANDS[name]?.()
  expect(command, `edgedag ${line}`).toBeDefined()
  if (!command) return
  const { positionals } = parseInvocation(command, words, styleFor(process.stdout))
  const verbs = command.actions?.map(([usage]) => usage.split(' ')[1])
  // The word behind `queue` may be a queue's name.
  if (verbs && positionals[0] !== undefined && name !== 'queue') expect(verbs, line).toContain(positionals[0])
}

describe('the guide', () => {
  it.each(blocks('yaml').filter(([, text]) => !/^(queues:|# yaml-language)/.test(text)))(
    '%s: the DAG file loads',
    (_where, text) => {
      const file = /^steps:/m.test(text) ? text : `${text}\nsteps: ["true"]\n`
      // Called DAGs of a fragment stand elsewhere.
      const loaded = loadDags(file, { fileName: 'guide' })
      expect(loaded.ok ? [] : loaded.error).toEqual([])
    },
  )

  const lines = [
    ...blocks('sh').flatMap(([where, text]) => commandLines(text).map(line => [where, line] as const)),
    ...inline(),
  ]

  it('shows commands', () => expect(lines.length).toBeGreaterThan(30))

  it.each(lines)('%s: edgedag %s is a command line that exists', async (_where, line) => check(line))

  it('links to pages that exist', () => {
    for (const path of pages)
      for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g))
        if (!/^https?:/.test(target))
          expect(() => readdirOrRead(join(path, '..', target)), `${path}: ${target}`).not.toThrow()
  })
})

it('the examples of --help are command lines that exist', async () => {
  for (const line of await examples()) await check(line)
})

function readdirOrRead(path: string): void {
  try {
    readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error
  }
}
