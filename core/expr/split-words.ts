// Splits a command line into words as a shell would, without expanding anything.

export interface Word {
  text: string
  /** Written wholly in single quotes: not to be expanded. */
  literal: boolean
}

/** Words of a command line; quotes are removed, a backslash keeps the next character. */
export const splitWords = (line: string): Word[] => {
  const words: Word[] = []
  const pattern = /(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s'"\\]|['"\\])+/g
  for (const [raw] of line.matchAll(pattern)) words.push({ text: unquote(raw), literal: /^'[^']*'$/.test(raw) })
  return words
}

const unquote = (raw: string): string =>
  raw.replace(
    /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g,
    (_, single?: string, double?: string, escaped?: string) => {
      if (single !== undefined) return single
      if (double !== undefined) return double.replace(/\\(["\\\n`])/g, (_, char: string) => (char === '\n' ? '' : char))
      return escaped === '$' ? '\\$' : (escaped ?? '')
    },
  )
