import { expect, it } from 'vitest'
import { docsOf, docsText } from './runner-docs.ts'

it.each([
  ['write', '', 'Reads and writes all documents'],
  ['read', ' ops,  default ', 'Reads documents of ops, default'],
  ['none', 'ops', 'Gets no documents'],
] as const)('documents chosen as %s of "%s" read "%s"', (access, typed, text) => {
  expect(docsText(docsOf(access, typed))).toBe(text)
})
