// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import { describe, expect, it } from 'vitest'
import { type Quoting, scanShell } from './shell-scan.ts'

const sites = (text: string): Quoting[] => {
  const found: Quoting[] = []
  scanShell(text, (at, { quoting }) => {
    if (text.startsWith('$X', at)) found.push(quoting)
    return undefined
  })
  return found
}

describe('the quoting of $X', () => {
  it.each<[string, Quoting[]]>([
    ['a $X', ['unquoted']],
    ["\"$X\" '$X' $'$X'", ['double', 'single', 'ansi']],
    ['\\$X "\\$X" \'\\$X\'', ['single']],
    ['"$(a \'$X\' "$X")" "$X"', ['single', 'double', 'double']],
    ["\"`a '$X'`\" '$X'", ['single', 'single']],
    ["# it's $X\n'$X' a#'$X'", ['single', 'single']],
    ['"${V:-\'$X\'}" ${V:-\'$X\'} ${V:-"$X"}', ['double', 'single', 'double']],
    ["$((1 << $X)) (( a = 1<<$X )) '$X'", ['unquoted', 'unquoted', 'single']],
    ["cat <<E \"$X\"\n$X '$X'\nE\n'$X'", ['double', 'heredoc', 'heredoc', 'single']],
    ['cat <<\'E\' <<-"F"\n$X\nE\n$X\n\tF\n$X', ['quotedHeredoc', 'quotedHeredoc', 'unquoted']],
    ['cat <<\\E\n$X\nE', ['quotedHeredoc']],
    ["cat <<<$X '$X'", ['unquoted', 'single']],
    ["cat <<NEVER\n$X '$X'", ['unquoted', 'single']],
    ["$(case a in (a) b;; c) d;; esac; echo '$X') $X", ['single', 'unquoted']],
    ["$(cat <<E\nit's $X\nE\n) '$X'", ['heredoc', 'single']],
    ["echo case in $(echo case) '$X'", ['single']],
    ["f() { echo '$X'; }; f", ['single']],
    ["a=\"b'c\" d='$X'", ['single']],
  ])('in %j is %j', (text, expected) => {
    expect(sites(text)).toEqual(expected)
  })
})

const PIECES = [
  "'",
  '"',
  '`',
  '$',
  '\\',
  '\n',
  ' ',
  '\t',
  ';',
  '&',
  '|',
  '<',
  '>',
  '<<',
  '<<-',
  '<<E',
  "<<'E'",
  'E\n',
  '\nE\n',
  '(',
  ')',
  '((',
  '))',
  '$(',
  '$((',
  '${',
  '{',
  '}',
  '#',
  ' #',
  'case ',
  ' in ',
  'esac',
  ';;',
  'do',
  'word',
  'V',
  '$V',
  '${V}',
  '${V:-',
  '%%',
  "$'",
  '$"',
  '!',
  'é',
  '🙂',
  '\r\n',
]

describe('any text', () => {
  it('without references comes back unchanged, however broken it is', () => {
    let state = 7
    const next = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      return (state >> 8) % below
    }
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from({ length: next(30) }, () => PIECES[next(PIECES.length)]).join('')
      expect(scanShell(text, () => undefined)).toBe(text)
    }
  })

  it('of a megabyte is read in linear time', () => {
    const text = `echo "$(printf '%s' 'a$V')" # it's\ncat <<'E'\n$X\nE\n`.repeat(20_000)
    let asked = 0
    const copy = scanShell(text, () => {
      asked++
      return undefined
    })
    expect(copy).toBe(text)
    expect(asked).toBe(60_000)
  })
})
