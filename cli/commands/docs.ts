// `docs`: the documents that DAGs have written and people have edited.

import { readFileSync } from 'node:fs'
import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { type Command, type Invocation, text } from './command.ts'
import { actionsOf, runVerb, table, type Verb } from './verbs.ts'

const query = (fields: Record<string, string | undefined>): string => {
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

const workspaceOf = ({ values }: Invocation) => ({ workspace: text(values.workspace) })

const VERBS: Record<string, Verb> = {
  list: {
    help: 'all documents',
    words: [],
    reads: true,
    async run(client, _words, invocation) {
      const json = await client.get<Answers['GET /docs']>(
        `/docs${query({ flat: 'true', perPage: '1000', ...workspaceOf(invocation) })}`,
      )
      const rows = json.items.map(({ id, title, updatedAt }) => [id, title, updatedAt])
      const bold = (line: string) => invocation.style.paint('bold', line)
      return { json, lines: rows.length === 0 ? ['no documents'] : table(['PATH', 'TITLE', 'CHANGED'], rows, bold) }
    },
  },
  show: {
    help: 'the text of one',
    words: ['PATH'],
    reads: true,
    async run(client, [path = ''], invocation) {
      const json = await client.get<Answers['GET /docs/doc']>(`/docs/doc${query({ path, ...workspaceOf(invocation) })}`)
      return { json, lines: [json.content.replace(/\n$/, '')] }
    },
  },
  search: {
    help: 'lines that have a text',
    words: ['TEXT'],
    reads: true,
    async run(client, [q = ''], invocation) {
      const json = await client.get<Answers['GET /docs/search']>(
        `/docs/search${query({ q, ...workspaceOf(invocation) })}`,
      )
      const lines = json.results.flatMap(hit =>
        hit.matches.map(({ line, lineNumber }) => `${hit.id}:${lineNumber}: ${line.trim()}`),
      )
      return { json, lines: lines.length === 0 ? ['nothing found'] : lines }
    },
  },
  create: {
    help: 'a new one, from stdin',
    words: ['PATH'],
    async run(client, [id = ''], invocation) {
      const content = readFileSync(0, 'utf8')
      const json = await client.post<Answers['POST /docs']>(`/docs${query(workspaceOf(invocation))}`, {
        id,
        content,
      } satisfies Bodies['POST /docs'])
      return { json, lines: [json.message] }
    },
  },
  update: {
    help: 'a new text, from stdin',
    words: ['PATH'],
    async run(client, [path = ''], invocation) {
      const content = readFileSync(0, 'utf8')
      const json = await client.patch<Answers['PATCH /docs/doc']>(
        `/docs/doc${query({ path, ...workspaceOf(invocation) })}`,
        {
          content,
        } satisfies Bodies['PATCH /docs/doc'],
      )
      return { json, lines: [json.message] }
    },
  },
  rename: {
    help: 'or move',
    words: ['PATH', 'NEW_PATH'],
    async run(client, [path = '', newPath = ''], invocation) {
      const json = await client.post<Answers['POST /docs/doc/rename']>(
        `/docs/doc/rename${query({ path, ...workspaceOf(invocation) })}`,
        { newPath } satisfies Bodies['POST /docs/doc/rename'],
      )
      return { json, lines: [json.message] }
    },
  },
  delete: {
    help: 'a document',
    words: ['PATH'],
    destroys: 'deletes the document',
    async run(client, [path = ''], invocation) {
      await client.delete(`/docs/doc${query({ path, ...workspaceOf(invocation) })}`)
      return { json: { deleted: path }, lines: [`deleted ${path}`] }
    },
  },
}

export const docsCommand: Command = {
  name: 'docs',
  synopsis: 'docs [ACTION]',
  summary: 'read and edit documents; create and update take the text from stdin',
  actions: actionsOf('docs', VERBS),
  options: {
    workspace: { type: 'string', value: 'NAME', help: "a workspace's own, or default: those of none" },
    yes: { type: 'boolean', help: 'do it without asking' },
  },
  examples: [
    ['edgedag docs create runbooks/restore < restore.md', 'a document'],
    ["edgedag docs search 'pg_restore'", 'in all of them'],
  ],
  run: invocation => runVerb('docs', VERBS, invocation),
}
