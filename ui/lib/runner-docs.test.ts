import { expect, it } from 'vitest'
import { choiceOf, docsOf, docsText } from './runner-docs.ts'

it.each([
  ['write', '', 'Reads and writes all documents'],
  ['read', ' ops,  default ', 'Reads documents of ops, default'],
  ['none', 'ops', 'Gets no documents'],
] as const)('documents chosen as %s of "%s" read "%s"', (access, typed, text) => {
  const docs = docsOf({ access, typed })
  expect(docsText(docs)).toBe(text)
  expect(docsOf(choiceOf(docs))).toEqual(docs)
})
