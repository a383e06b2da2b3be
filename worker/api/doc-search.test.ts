import { type DocAnswer, type DocRequest, docNotFound, matchLines } from '@edgedag/core/docs/document'
import { ok } from '@edgedag/core/result'
import { describe, expect, it } from 'vitest'
import { createWorld } from './testing/world.ts'

const LONG = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? `disk ${i}` : `- ${i}`)).join('\n')
const DOCS: Record<string, string> = { 'ops/disks': LONG, 'ops/one': 'a\nthe disk\nb\n', other: 'nothing' }

async function withDocs() {
  const world = await createWorld()
  const line = (id: string) => ({ id, title: id, description: '', createdAt: 0, updatedAt: 0 })
  const found = (text: string, limit: number) =>
    Object.entries(DOCS).flatMap(([id, content]) => {
      const matches = matchLines(content, text, limit)
      return matches.length === 0 ? [] : [{ ...line(id), matches }]
    })
  const handle = (request: DocRequest): DocAnswer<DocRequest['op']> => {
    if (request.op === 'search') return ok(found(request.text, request.matchLimit))
    if (request.op !== 'read' || DOCS[request.id] === undefined) return docNotFound('id' in request ? request.id : '')
    return ok({ ...line(request.id), content: DOCS[request.id]! })
  }
  world.directory.docStore = { handle }
  const get = async (path: string) => {
    const answer = await world.ask('GET', path)
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
  }
  return { ...world, get }
}

interface Page {
  matches: { lineNumber: number }[]
  hasMore: boolean
  nextCursor?: string
}

describe('searching documents', () => {
  it('shows the first hits of each, and the rest page by page from there', async () => {
    const { get } = await withDocs()
    const { json } = await get('search/docs?q=DISK&limit=1')
    const [first] = json.results as {
      id: string
      matches: unknown[]
      hasMoreMatches: boolean
      nextMatchesCursor: string
    }[]
    expect(first).toMatchObject({ id: 'ops/disks', hasMoreMatches: true })
    expect(json).toMatchObject({ hasMore: true, nextCursor: 'ops/disks' })
    const lines: number[] = first!.matches.map(match => (match as { lineNumber: number }).lineNumber)
    let cursor: string | undefined = first!.nextMatchesCursor
    while (cursor !== undefined) {
      const page = (await get(`search/docs/matches?path=ops/disks&q=DISK&limit=4&cursor=${cursor}`))
        .json as unknown as Page
      lines.push(...page.matches.map(match => match.lineNumber))
      expect(page.hasMore).toBe(page.nextCursor !== undefined)
      cursor = page.nextCursor
    }
    expect(lines).toEqual(Array.from({ length: 30 }, (_, i) => 2 * i + 1))
  })

  it('is one page where the hits are few, from the first line on without a cursor', async () => {
    const { get } = await withDocs()
    const found = await get('search/docs/matches?path=one&workspace=ops&q=disk')
    expect(found.json).toEqual({
      matches: [{ line: 'a\nthe disk\nb', lineNumber: 2, startLine: 1 }],
      hasMore: false,
    })
  })

  it.each([
    ['no text', 'search/docs/matches?path=other', 400],
    ['no document', 'search/docs/matches?path=nobody&q=x', 404],
    ['a cursor of another search', 'search/docs/matches?path=ops/disks&q=x&cursor=e30', 400],
    ['a workspace that is none', 'search/docs/matches?path=a&workspace=../x&q=x', 400],
  ])('refuses %s', async (_what, path, status) => {
    const { get } = await withDocs()
    expect((await get(path)).status).toBe(status)
  })
})
