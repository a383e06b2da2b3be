// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts under test hold such references.

import { describe, expect, it } from 'vitest'
import { renderTemplate } from './render.ts'

const data = { input: { name: 'Ada', n: 3, tags: ['b', 'a', 'b'], map: { y: 2, x: 1 }, empty: '' } }

describe('templates', () => {
  it.each([
    ['hi {{ .input.name }}', 'hi Ada'],
    ['{{ .input.name | lower | quote }}', '"ada"'],
    ['{{ list "c" "a" "c" | uniq | sortAlpha | join "+" }}', 'a+c'],
    ['{{ .input.empty | default "none" }}', 'none'],
    ['{{ json .input.tags }}', '["b","a","b"]'],
    ['{{ if gt .input.n 2 }}many{{ else }}few{{ end }}', 'many'],
    ['{{ if .input.empty }}a{{ else if eq .input.n 3 }}b{{ else }}c{{ end }}', 'b'],
    ['{{ range $i, $t := .input.tags }}{{ $i }}{{ $t }} {{ end }}', '0b 1a 2b '],
    ['{{ range .input.map }}[{{ . }}]{{ end }}', '[1][2]'],
    ['{{ with .input.map }}{{ .x }}{{ end }}', '1'],
    ['a  {{- /* gone */ -}}  b', 'ab'],
    ['{{ $x := add 1 2 }}{{ mul $x 2 }}', '6'],
    ['{{ printf "%s-%d-%q" .input.name .input.n "z" }}', 'Ada-3-"z"'],
    ['{{ (index .input.tags 1) | upper }}', 'A'],
    ['{{ $x := 1 }}{{ range .input.tags }}{{ $x = add $x 1 }}{{ end }}{{ $x }}', '4'],
    ['{{ with $m := .input.map }}{{ $m.y }}{{ end }} {{ (dict "a" (dict "b" 5)).a.b }}', '2 5'],
    ['{{/* "of }} three */}}{{ (split "-" "p-q")._1 }}', 'q'],
    ['${KEEP} $1 {{ "}}" }}', '${KEEP} $1 }}'],
  ])('%s', (template, expected) => {
    expect(renderTemplate(template, data)).toEqual({ ok: true, value: expected })
  })

  it.each([
    ['{{ .input.missing }}', 'missing'],
    ['{{ nothing 1 }}', 'unknown function'],
    ['{{ if true }}x', 'end'],
    ['{{ .input.name', 'not closed'],
    ['{{ .input.name.constructor }}', 'constructor'],
    ['{{ repeat 1000000 "abc" }}', 'too long'],
    ['{{ env "HOME" }}', 'unknown function'],
    ['{{ end }}', 'unexpected'],
    ['{{ | }}', 'empty'],
  ])('%s is an error that says why', (template, message) => {
    const result = renderTemplate(template, data)
    expect(!result.ok && result.error).toContain(message)
  })
})
