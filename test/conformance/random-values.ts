// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these values look like
// Values that break out where anything can be broken out of, from a seed. EDGEDAG_NIGHTLY=1 makes every random test ten times longer or more.
export const isNightly = process.env.EDGEDAG_NIGHTLY === '1'

/** A small deterministic generator (mulberry32): a whole number below `below`. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const PIECES = [
  ...`'"\`$\\ ;&|<>(){}*?[]!#~%=-+^@:,./`,
  ...['\n', '\t', '\r', '\u0001', '\u007f', '\r\n', '\n\n'],
  ...[
    '$(touch PWNED)',
    '`touch PWNED`',
    '; touch PWNED',
    '\ntouch PWNED\n',
    '| touch PWNED',
    '&& touch PWNED #',
    '<(touch PWNED)',
  ],
  ...[
    "'; touch PWNED; '",
    '"; touch PWNED; "',
    "'$(touch PWNED)'",
    '"$(touch PWNED)"',
    '>PWNED',
    '${X:-$(touch PWNED)}',
    "$'\\x60touch PWNED\\x60'",
  ],
  ...[
    '\nEOF\n',
    '\nE\n',
    '<<EOF',
    '${V0}',
    '$V0',
    '$1',
    '$0',
    '$?',
    '$$',
    '${u0.output}',
    '$((1+1))',
    '${#}',
    '"${V0}"',
    "'$V0'",
  ],
  ...['\\n', '\\$', "\\'", '\\\\', '-n', '-e', '--', '-', 'a', 'word', ' x', 'PWNED'],
  ...['é', 'ß', '✓', '🙂', '\u202e', '\u00a0', '\ufeff', '漢字', 'e\u0301'],
]

/** No NUL, which no process can be given. */
export const randomValue = (next: (below: number) => number): string =>
  Array.from({ length: next(9) }, () => PIECES[next(PIECES.length)]).join('')
