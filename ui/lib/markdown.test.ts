import { describe, expect, it } from 'vitest'
import { type Inline, parseInline, parseMarkdown } from './markdown.ts'

const words = (parts: readonly Inline[]): string =>
  parts
    .map(part =>
      'of' in part ? `${part.kind}(${words(part.of)})` : part.kind === 'code' ? `code(${part.text})` : part.text,
    )
    .join('')

describe('inline Markdown', () => {
  it.each([
    ['plain text, 2 * 3 * 4 and snake_case_names', 'plain text, 2 * 3 * 4 and snake_case_names'],
    ['**bold** and *soft* and `a*b*c`', 'strong(bold) and em(soft) and code(a*b*c)'],
    ['__bold__ _soft_ ~~gone~~', 'strong(bold) em(soft) del(gone)'],
    ['see [the *notes*](https://x.test/a_b)', 'see link(the em(notes))'],
    ['see https://x.test/a_b.', 'see link(https://x.test/a_b).'],
    ['[click](javascript:alert(1))', '[click](javascript:alert(1))'],
    ['<img src=x onerror=alert(1)> <b>no</b>', '<img src=x onerror=alert(1)> <b>no</b>'],
    ['an open ** and a ` stay', 'an open ** and a ` stay'],
  ])('reads %s', (source, expected) => {
    expect(words(parseInline(source))).toBe(expected)
  })

  it('lets links go to http, https and mailto only', () => {
    const hrefs = ['http://a', 'https://a', 'mailto:a@b', 'data:text/html,x', 'file:///etc', '//a', 'vbscript:x']
    const linked = hrefs.filter(href => parseInline(`[x](${href})`).some(part => part.kind === 'link'))
    expect(linked).toEqual(['http://a', 'https://a', 'mailto:a@b'])
  })
})

describe('blocks of Markdown', () => {
  it('are headings, paragraphs, lists, quotes, code and rules', () => {
    const kinds = parseMarkdown(
      '## Ship it?\nline one\nline two\n\n- a\n- b\n  - inner\n\n1. x\n2. y\n\n> quoted\n> more\n\n---\n```sh\nrm *not bold*\n```\nend',
    )
    expect(kinds.map(block => block.kind)).toEqual([
      'heading',
      'paragraph',
      'list',
      'list',
      'quote',
      'rule',
      'code',
      'paragraph',
    ])
    expect(kinds[2]).toMatchObject({ ordered: false, items: [[{}], [{}, { kind: 'list' }]] })
    expect(kinds[6]).toEqual({ kind: 'code', text: 'rm *not bold*' })
  })

  it('have tables, whose rows have as many cells as the head', () => {
    const [table, after] = parseMarkdown('| who | what |\n|:--|--:|\n| **Ada** | a\\|b | more |\n| Bob\n| |\nend')
    expect(table).toEqual({
      kind: 'table',
      head: [[{ kind: 'text', text: 'who' }], [{ kind: 'text', text: 'what' }]],
      align: ['left', 'right'],
      rows: [
        [[{ kind: 'strong', of: [{ kind: 'text', text: 'Ada' }] }], [{ kind: 'text', text: 'a|b' }]],
        [[{ kind: 'text', text: 'Bob' }], []],
        [[], []],
      ],
    })
    expect(after).toMatchObject({ kind: 'paragraph' })
    expect(parseMarkdown('a | b\n---\n').map(block => block.kind)).toEqual(['paragraph', 'rule'])
  })

  it('keep an open fence open to the end, and end at any nesting', () => {
    expect(parseMarkdown('```\nall of it\n# too')).toEqual([{ kind: 'code', text: 'all of it\n# too' }])
    expect(parseMarkdown('>'.repeat(2_000))).toHaveLength(1)
    expect(parseMarkdown('')).toEqual([])
  })
})

describe('a text that is written to keep the page busy', () => {
  // Quadratic work on these takes minutes: over the time limit of a test.
  it.each([
    ['blanks in a heading', `# ${' '.repeat(200_000)}b${' '.repeat(200_000)}c`],
    ['marks at the end of a heading', `# a${'#'.repeat(200_000)}b`],
    ['brackets', '['.repeat(500_000)],
    ['marks that never end', '**a *b `c '.repeat(50_000)],
    ['code', '`a` '.repeat(100_000)],
  ])('is shown at once: %s', (_, source) => {
    expect(parseMarkdown(source).length).toBeGreaterThan(0)
  })

  it('has its headings without the marks that close them', () => {
    const heads = ['# a', '## b ##', '#   c  d   ', '# e#f ###', '#g']
    expect(heads.map(head => parseMarkdown(head)[0])).toEqual([
      ...[
        [1, 'a'],
        [2, 'b'],
        [1, 'c  d'],
        [1, 'e#f'],
      ].map(([level, text]) => ({ kind: 'heading', level, of: [{ kind: 'text', text }] })),
      { kind: 'paragraph', of: [{ kind: 'text', text: '#g' }] },
    ])
  })
})

it('shows tasks with their boxes', () => {
  expect(JSON.stringify(parseMarkdown('- [ ] open\n- [x] done\n- [y] no box'))).toMatch(/☐ open.*☑ done.*\[y\] no box/)
})
