// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Host, openHost } from './fixture.ts'
import { createGeneratedEnv } from './generated-env.ts'
import { shellText } from './shell-text.ts'

let host: Host
beforeAll(async () => {
  host = await openHost()
})
afterAll(() => host.dispose())

const SHELLS = ['sh', 'bash']
const PATH = '/usr/local/bin:/usr/bin:/bin'

/** Runs text as a step would be: declared variables in the environment, the rest generated. */
const run = (shell: string, text: string, variables: Record<string, string>, kind: 'line' | 'script' = 'line') => {
  const generated = createGeneratedEnv()
  const names = {
    variable: (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    step: (id: string) =>
      id === 'up' ? { exitCode: 7, stdoutPath: '/log/a b.out', outputs: { O: variables.V ?? '' } } : undefined,
  }
  const rewritten = shellText(text, { kind, names, generated, slices: shell === 'sh' })
  const exported = Object.entries(variables).filter(([name]) => /^[A-Za-z_]/.test(name))
  const env = { ...Object.fromEntries(exported), ...generated.env, PATH }
  return { ...host.run([shell, '-c', rewritten], { env }), rewritten }
}

describe.each(SHELLS)('text for %s', shell => {
  const out = (text: string, variables: Record<string, string>, kind?: 'line' | 'script') =>
    run(shell, text, variables, kind).stdout

  it.each([
    ['leaves a plain variable to the shell', 'printf %s "$V"', { V: 'x' }, 'x'],
    ['fills in a name within single-quoted text of a line', "echo 'Dear $V.'", { V: 'Ada' }, 'Dear Ada.\n'],
    ['leaves a name that is wrapped directly in single quotes', "echo '$V' '${V}' $V", { V: 'x' }, '$V ${V} x\n'],
    [
      'fills in a path that is wrapped directly in single quotes',
      "echo '${V.a}'",
      { V: '{"a":"say \\"hi\\""}' },
      'say "hi"\n',
    ],
    [
      'inserts a JSON string where braces stand in double quotes within single quotes',
      `printf %s '{"n":"\${V}"}'`,
      { V: 'a "b"\n' },
      '{"n":"a \\"b\\"\\n"}',
    ],
    [
      'gives positionals, which no environment can hold',
      "echo '$1' is $1, '$2' is ${2}",
      { 1: 'red', 2: 'green' },
      '$1 is red, $2 is green\n',
    ],
    ['resolves step properties', 'printf %s "${up.exit_code} ${up.stdout}"', {}, '7 /log/a b.out'],
    [
      'leaves unknown steps and properties',
      "printf %s 'a=${no.stdout} b=${up.flavour}'",
      {},
      'a=${no.stdout} b=${up.flavour}',
    ],
    ['falls back from a path to the name before a dot', 'printf %s "$V.txt"', { V: 'file' }, 'file.txt'],
    ['falls back from a path to the name in single quotes too', "printf %s 'x $V.txt'", { V: 'file' }, 'x file.txt'],
    ['leaves a backslash before a dollar to the shell', 'echo "\\$V" \\$V', { V: 'x' }, '$V $V\n'],
    ['leaves defaults of unknown names to the shell', 'echo "${NOPE:-d}"', {}, 'd\n'],
    ['fills in references within a default', 'echo "${NOPE:-${up.exit_code}}"', {}, '7\n'],
    [
      'lets the shell assign a name that is declared',
      'V=1; echo $V; for V in 2; do echo $V; done',
      { V: 'x' },
      '1\n2\n',
    ],
    ['slices a declared name, in sh too', 'echo ${V:0:2}-${V:3}', { V: 'abcdef' }, 'ab-def\n'],
    ['knows an apostrophe in a comment', "true # don't\nprintf %s 'a${up.exit_code}'", {}, 'a7'],
    ['knows an apostrophe in double quotes', `echo "it's \${up.exit_code}" '\${V}y'`, { V: 'x' }, "it's 7 xy\n"],
    [
      'knows substitutions within double quotes',
      `echo "$(printf '%s' 'a\${V}b') \`printf '%s' 'c\${V}d'\`"`,
      { V: "q'q" },
      "aq'qb cq'qd\n",
    ],
    [
      'knows case patterns within substitutions',
      `echo "$(case x in x) printf '%s' 'y\${V}';; esac)"`,
      { V: '1' },
      'y1\n',
    ],
    ['hands inner shells their text', "sh -c 'echo inner ${V}'", { V: '7' }, 'inner 7\n'],
    ['keeps awk fields of unknown names', "echo 'a b' | awk '{print $2}'", { V: 'x' }, 'b\n'],
  ])('%s', (_, text, variables, expected) => {
    expect(out(text, variables as Record<string, string>)).toBe(expected)
  })

  it.each([
    ['leaves names in single quotes alone', "printf %s 'Dear $V, ${V}.'", { V: 'x' }, 'Dear $V, ${V}.'],
    ['fills in references in single quotes', "printf %s 'c ${up.exit_code}/${up.output:0:2}'", { V: 'abc' }, 'c 7/ab'],
    ['leaves a here-document to the shell', 'cat <<EOF\n$V ${up.exit_code} \\$V\nEOF\n', { V: '$(x)' }, '$(x) 7 $V\n'],
    [
      'fills in a quoted here-document',
      "cat <<'EOF'\n$V ${up.exit_code} ${up.output}\nEOF\necho after\n",
      { V: "$(x)'" },
      "$V 7 $(x)'\nafter\n",
    ],
    [
      'inserts JSON strings in here-documents',
      'cat <<EOF\n{"a":"${V}"}\nEOF\n',
      { V: '"$(id)`\\' },
      '{"a":"\\"$(id)`\\\\"}\n',
    ],
    [
      'inserts JSON strings in quoted here-documents',
      'cat <<\'E F\'\n{"a":"${V}"}\nE F\n',
      { V: '"$(id)`\\' },
      '{"a":"\\"$(id)`\\\\"}\n',
    ],
    [
      'reads several here-documents of one line',
      "cat <<A; cat <<-'B'\n1 ${up.exit_code}\nA\n\t2 ${up.exit_code}\n\tB\necho '3'\n",
      {},
      '1 7\n2 7\n3\n',
    ],
    ['does not take a shift for a here-document', "echo $((1 << 2)) '${up.exit_code}'\n", {}, '4 7\n'],
    ['keeps the arguments of functions without positionals', 'f() { echo $1; }; f own', {}, 'own\n'],
  ])('in a script, %s', (_, text, variables, expected) => {
    expect(out(text, variables as Record<string, string>, 'script')).toBe(expected)
  })

  it('keeps a value from ending the here-document that holds it', () => {
    const text = "cat <<'EOF'\n${up.output}\nEOF\necho after\n"
    expect(out(text, { V: 'a\nEOF\necho pwned\ncat <<EOF' }, 'script')).toBe('a\nEOF\necho pwned\ncat <<EOF\nafter\n')
  })
})

const CONTEXTS: [string, 'line' | 'script', (value: string) => string][] = [
  ['printf %s "$V"', 'line', v => v],
  ['printf %s "${V}"', 'script', v => v],
  ["printf %s 'a ${V} b'", 'line', v => `a ${v} b`],
  ["printf %s '${up.output}'", 'line', v => v],
  ["printf %s 'x${up.output}'", 'script', v => `x${v}`],
  ['printf %s "${up.output}"', 'script', v => v],
  ['printf %s "$(printf %s \'<${V}>\'; echo .)"', 'line', v => `<${v}>.`],
  ['printf %s "`printf %s \'<${V}>\'; echo .`"', 'line', v => `<${v}>.`],
  ["printf %s `printf %s '${up.output}' | od -An -v -tx1 | tr -d ' \\n'`", 'script', v => hex(v)],
  ['cat <<EOF\n$V|${up.output}\nEOF\n', 'script', v => `${v}|${v}\n`],
  ["cat <<'EOF'\n|${up.output}|\nEOF\n", 'script', v => `|${v}|\n`],
  ["cat <<'E'\n${up.output}\nE\n", 'script', v => `${v}\n`],
  [`printf %s '["\${V}"]'`, 'line', v => JSON.stringify([v])],
  ['cat <<E\n["${V}"]\nE\n', 'script', v => `${JSON.stringify([v])}\n`],
  ['printf %s "$1"', 'line', v => v],
]

const hex = (text: string): string =>
  encodeURIComponent(text).replace(
    /%([0-9A-F]{2})|[^%]/g,
    (char, code?: string) => code?.toLowerCase() ?? char.charCodeAt(0).toString(16).padStart(2, '0'),
  )

/** A small deterministic generator (mulberry32), so that a failure can be repeated. */
const random = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

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
  '(',
  ')',
  '{',
  '}',
  '*',
  '?',
  '[',
  ']',
  '!',
  '#',
  '~',
  '%',
  '=',
  '$(touch PWNED)',
  '`touch PWNED`',
  '; touch PWNED',
  '\nE\n',
  '\nEOF\n',
  "'; touch PWNED; '",
  '"; touch PWNED; "',
  '${V}',
  '$V',
  '$1',
  '${up.output}',
  '\\n',
  '\\$',
  "\\'",
  'a',
  'word',
  'é',
  '✓',
  '🙂',
  '-',
  '<<EOF',
  '\r',
  '\u0001',
  '"${V}"',
  "'$V'",
]

const randomValue = (next: (below: number) => number): string =>
  Array.from({ length: next(8) }, () => PIECES[next(PIECES.length)]).join('')

const BETWEEN = '\u0002next\u0002'

/** All contexts in one process, since processes are what takes time: the texts are rewritten one by one. */
const runContexts = (
  shell: string,
  value: string,
): { outputs: string[]; stderr: string; code: number; script: string } => {
  const variables: Record<string, string> = { V: value, 1: value }
  const generated = createGeneratedEnv()
  const names = {
    variable: (name: string) => variables[name],
    step: (id: string) => (id === 'up' ? { exitCode: 7, outputs: { O: value } } : undefined),
  }
  const texts = CONTEXTS.map(([text, kind]) => shellText(text, { kind, names, generated }))
  const script = texts.map(text => `{\n${text}\n}\nprintf '%s' '${BETWEEN}'\n`).join('')
  const { stdout, stderr, code } = host.run([shell, '-c', script], { env: { V: value, ...generated.env, PATH } })
  return { outputs: stdout.split(BETWEEN).slice(0, -1), stderr, code, script }
}

describe.each(SHELLS)('values in %s', shell => {
  it('arrive byte for byte in every context, and are never executed', () => {
    const next = random(20417)
    for (let round = 0; round < 80; round++) {
      const value = randomValue(next)
      const expected = CONTEXTS.map(([, , output]) => output(value))
      const { outputs, ...rest } = runContexts(shell, value)
      expect({ outputs, value, ...rest }).toMatchObject({ outputs: expected, stderr: '', code: 0 })
    }
    expect(host.run(['ls', '-A'], { env: { PATH } }).stdout).toBe('')
  })
})
