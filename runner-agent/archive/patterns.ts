// `include` and `exclude`: patterns over paths within an archive. One without a slash is about the last part of a path.
import picomatch from 'picomatch'

export interface Patterns {
  /** Is it left out, with all that is in it? */
  isExcluded(path: string): boolean
  isIncluded(path: string): boolean
}

const test = (patterns: readonly string[]): ((path: string) => boolean) => {
  const tests = patterns.map(pattern =>
    picomatch(pattern.replace(/\/+$/, ''), { dot: true, basename: !pattern.includes('/') }),
  )
  return path => tests.some(matches => matches(path))
}

/** A path and the folders that it is in. */
function* withFolders(path: string): Generator<string> {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) yield path.slice(0, at)
  yield path
}

export function patternsOf(include: readonly string[], exclude: readonly string[]): Patterns {
  const [included, excluded] = [test(include), test(exclude)]
  return {
    isExcluded: path => exclude.length > 0 && [...withFolders(path)].some(excluded),
    isIncluded: path => include.length === 0 || [...withFolders(path)].some(included),
  }
}
