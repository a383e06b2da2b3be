import { describe, expect, it } from 'vitest'
import { describeDoc } from './document.ts'

describe('the title of a document', () => {
  it.each([
    ['of the front matter', '---\ntitle: "A plan"\ndescription: what for\n---\n# Other', 'A plan'],
    ['the first heading', 'words\n## Steps to take ##\n# Later', 'Steps to take'],
    ['a heading with marks inside', '# C# and F# ##', 'C# and F#'],
    ['the last segment of its path', 'no heading\n#\n#tag', 'notes'],
  ])('is %s', (_, content, title) => {
    expect(describeDoc('team/notes', content).title).toBe(title)
  })

  it.each([
    ['blanks', `# a${' '.repeat(1_000_000)}b`],
    ['marks', `# ${'#'.repeat(1_000_000)}b`],
    ['lines', '#\n'.repeat(500_000)],
  ])('is found at once among %s', (_, content) => {
    expect(describeDoc('x', content).title).not.toBe('')
  })
})
