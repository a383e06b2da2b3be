// Splitting a command line for display only: the API shows a command and its arguments.

/** Words of a command line; quotes group and are dropped, a backslash keeps the next character. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i]!
    if (quote !== '') {
      if (c === quote) quote = ''
      else word += c === '\\' && quote === '"' && i + 1 < line.length && '"\\$`'.includes(line[i + 1]!) ? line[++i]! : c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (/\s/.test(c)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + (c === '\\' && i + 1 < line.length ? line[++i]! : c)
  }
  if (word !== null) words.push(word)
  return words
}
