import { describe, expect, it } from 'vitest'
import { renderTemplate } from './render.ts'

const data = { s: 'My Text', n: 7, f: 2.5, l: ['c', 'a', 'c'], m: { k: 'v', d: { e: 1 } }, none: null }

/** Expressions and what they print, as the function library of Go templates has it. */
const PRINTED: Record<string, [string, string][]> = {
  texts: [
    ['.s | trimAll "Mt"', 'y Tex'],
    ['"v1.2" | trimPrefix "v"', '1.2'],
    ['.s | trunc -4', 'Text'],
    ['"abcdef" | substr 1 3', 'bc'],
    ['"hello wörld-wide" | title', 'Hello Wörld-Wide'],
    ['"Hello World" | swapcase', 'hELLO wORLD'],
    ['"http_server name" | camelcase', 'HttpServerName'],
    ['"HTTPServerName" | snakecase', 'http_server_name'],
    ['"HelloWorld" | kebabcase', 'hello-world'],
    ['"Déjà Vu!" | slugify', 'deja-vu'],
    ['"First Try" | initials', 'FT'],
    ['" a b " | nospace', 'ab'],
    ['"hello world" | abbrev 8', 'hello...'],
    ['wrap 5 "hello big world"', 'hello\nbig\nworld'],
    ['wrapWith 3 "|" "abcdefg hi"', 'abc|def|g|hi'],
    ['quote .s .n', '"My Text" "7"'],
    ['squote "a" | cat "x" nil', "x 'a'"],
    ['plural "one" "many" 2', 'many'],
    ['"a,b,c" | split "," | last', 'c'],
    ['(splitn "$" 2 "a$b$c")._1', 'b$c'],
    ['.none | default "d" | upper', 'D'],
  ],
  printing: [
    ['printf "%03d|%5s|%-4s|%x" .n "ab" "c" 255', '007|   ab|c   |ff'],
    ['printf "%.2f %q %v %t %%" .f .s .l true', '2.50 "My Text" [c a c] true %'],
    ['dict "b" .l "a" 1', 'map[a:1 b:[c a c]]'],
    ['printf "%T %+d %e" .f 5 12345.678', 'float64 +5 1.234568e+04'],
    ['html "<a>&"', '&lt;a&gt;&amp;'],
    ['urlquery "a b&c"', 'a+b%26c'],
    ['kindOf .l', 'slice'],
    ['typeIs "int" .n', 'true'],
  ],
  encodings: [
    ['b64enc "äbc"', 'w6RiYw=='],
    ['b64dec "w6RiYw=="', 'äbc'],
    ['b32enc "abc" | b32dec', 'abc'],
    ['sha256sum "abc"', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['sha1sum "abc"', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['adler32sum "Wikipedia"', '300286872'],
    ['.m | toJson', '{"k":"v","d":{"e":1}}'],
    ['(fromJson .js).a | default 3', '3'],
  ],
  collections: [
    ['.l | uniq | sortAlpha | join "+"', 'a+c'],
    ['without .l "c" | join ","', 'a'],
    ['slice .l 1 | join ","', 'a,c'],
    ['list 1 2 3 | has 2', 'true'],
    ['chunk 2 .l | toJson', '[["c","a"],["c"]]'],
    ['until 3 | join ","', '0,1,2'],
    ['untilStep 6 0 -2 | join ","', '6,4,2'],
    ['seq 2 5', '2 3 4 5'],
    ['seq 10 -5 0', '10 5 0'],
    ['.l | count', '3'],
    ['keys .m | sortAlpha | join ","', 'd,k'],
    ['pick .m "k" | toJson', '{"k":"v"}'],
    ['omit .m "k" | toJson', '{"d":{"e":1}}'],
    ['dig "d" "e" 0 .m', '1'],
    ['dig "d" "x" "no" .m', 'no'],
    ['merge (dict "k" "w") .m | toJson', '{"k":"w","d":{"e":1}}'],
    ['mergeOverwrite (dict "k" "w") .m | toJson', '{"k":"v","d":{"e":1}}'],
    ['(set .m "x" 1).x', '1'],
    ['pluck "a" (dict "a" 1) (dict "b" 2) | toJson', '[1]'],
    ['mustFirst .l', 'c'],
  ],
  patterns: [
    ['regexMatch "^a.c$" "abc"', 'true'],
    ['regexFind "[0-9]+" "ab12c3"', '12'],
    ['regexFindAll "[0-9]" "1a2b3" 2 | join ","', '1,2'],
    ['regexReplaceAll "(b+)" "abbc" "<${1}>"', 'a<bb>c'],
    ['regexReplaceAllLiteral "b" "abc" "$1"', 'a$1c'],
    ['regexSplit "[,;] *" "a, b;c" -1 | join "|"', 'a|b|c'],
    ['regexQuoteMeta "a.b"', 'a\\.b'],
    ['base "/a/b.txt"', 'b.txt'],
    ['dir "/a/b.txt"', '/a'],
    ['ext "/a/b.txt"', '.txt'],
    ['clean "/a/../b/./c"', '/b/c'],
  ],
  numbers: [
    ['add .n 2 1', '10'],
    ['.n | sub 10', '3'],
    ['div 7 2', '3'],
    ['divf 7 2', '3.5'],
    ['round 3.14159 2', '3.14'],
    ['round -2.5 0', '-3'],
    ['int "12x"', '0'],
    ['max 1 9 3', '9'],
    ['ternary "y" "n" (and (gt .n 3) (not .none))', 'y'],
    ['coalesce .none "" "z"', 'z'],
    ['any 0 "" 1', 'true'],
  ],
}

describe.each(Object.entries(PRINTED))('functions on %s', (_, cases) => {
  it.each(cases)('{{ %s }} is %s', (expression, printed) => {
    const js = JSON.stringify({ a: '' })
    expect(renderTemplate(`{{ ${expression} }}`, { ...data, js })).toEqual({ ok: true, value: printed })
  })
})

describe('functions that cannot do what they are asked', () => {
  it.each([
    ['regexMatch "(" "a"', 'no regular expression'],
    ['until 1000001', 'more than'],
    ['b64dec "%%"', 'no base64'],
    ['first "a"', 'a list is needed'],
    ['fail "said so"', 'said so'],
    ['div 1 0', 'division by zero'],
  ])('{{ %s }} says why', (expression, words) => {
    const result = renderTemplate(`{{ ${expression} }}`, data)
    expect(!result.ok && result.error).toContain(words)
  })

  it('change nothing that another template sees', () => {
    renderTemplate('{{ set .m "k" "other" }}{{ unset .m "d" }}', data)
    expect(renderTemplate('{{ .m.k }}', data)).toEqual({ ok: true, value: 'v' })
    expect(renderTemplate('{{ (set (dict) "__proto__" 1) | toJson }}', {})).toEqual({
      ok: true,
      value: '{"__proto__":1}',
    })
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
