// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these texts are about
import { describe, expect, it } from 'vitest'
import { type ExpandContext, expandConfig, expandField, expandText, PLACES, type Place } from './expand.ts'

const VARIABLES: Record<string, string> = {
  V: 'value',
  EMPTY: '',
  QUOTED: 'say "hi"\n',
  TICKS: '`touch x` $(touch y) ${V} $V',
  JSON: '{"a":{"b":[10,{"c":"deep"},1.0,null,true]},"list":["x","y"],"dash-ed":"d","n":1.50}',
  LIST: '["zero","one"]',
  CODE: 'QRT77_é✓🙂_0915',
  PATHNAME: '/usr/local/file.tar.gz',
  1: 'first',
}
const HOST: Record<string, string> = { HOME: '/home/me', V: 'host-value' }

const context: ExpandContext = {
  names: {
    variable: name => (Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined),
    step: id =>
      ({
        up: { exitCode: 7, stdoutPath: '/log/up.out', stderrPath: '/log/up.err', outputs: { O: '{"k":"v"}' } },
        V: { exitCode: 0, stdoutPath: '/log/V.out' },
        made: { exitCode: 0, structured: { version: 'v9', art: { url: 'x://r' } } },
        text: { exitCode: 0, outputs: { O: 'birch grove' } },
        blank: { exitCode: 0, outputs: { O: '' } },
        JSON: { exitCode: 0 },
      })[id],
  },
  host: name => HOST[name],
}

describe('one text', () => {
  it.each<[string, keyof typeof PLACES, string]>([
    ['$V ${V} $V.', 'config', 'value value value.'],
    ['${V}_$EMPTY-', 'config', 'value_-'],
    ['$1 ${1} $2', 'config', 'first first $2'],
    ['$UNKNOWN ${UNKNOWN} ${UNKNOWN.a}', 'config', '$UNKNOWN ${UNKNOWN} ${UNKNOWN.a}'],
    ['$HOME', 'config', '$HOME'],
    ['$HOME/$V [$UNKNOWN] [${UNKNOWN}]', 'exec', '/home/me/value [] []'],
    ["'${V}' '$V' '$UNKNOWN' 'a${V}'", 'exec', "'${V}' '$V' '$UNKNOWN' 'avalue'"],
    ['${UNKNOWN.a} $UNKNOWN.a', 'exec', '${UNKNOWN.a} .a'],
    // References.
    ['${up.stdout} ${up.stderr} ${up.exit_code} ${up.exitCode}', 'config', '/log/up.out /log/up.err 7 7'],
    ['${up.output} ${up.output.k}', 'config', '{"k":"v"} v'],
    ['${up.flavour} ${nobody.stdout}', 'config', '${up.flavour} ${nobody.stdout}'],
    ['${made.output.version} ${made.output.art.url} ${made.output.art}', 'config', 'v9 x://r {"url":"x://r"}'],
    ['${text.output:0:5}/${text.output:6}/${text.output:9:50}/${text.output:99}.', 'config', 'birch/grove/ve/.'],
    ['[${blank.output}] ${made.output.nothing}', 'config', '[] ${made.output.nothing}'],
    ['${V.stdout} $V', 'config', '/log/V.out value'],
    ['${JSON.list[1]}', 'config', 'y'],
    // JSON paths.
    ['${JSON.a.b[0]} ${JSON.a.b.0} ${JSON.a.b[1].c} ${JSON.a.b.1.c}', 'config', '10 10 deep deep'],
    ['${JSON.a.b[2]} ${JSON.a.b[3]} ${JSON.a.b[4]} ${JSON.n}', 'config', '1 null true 1.5'],
    [
      '${JSON.a} ${JSON.dash-ed} ${LIST[1]} ${LIST.0} ${LIST[-1]}',
      'config',
      '{"b":[10,{"c":"deep"},1,null,true]} d one zero one',
    ],
    [
      '${JSON.a.nope} ${JSON.constructor} ${JSON.__proto__} ${V.a}',
      'config',
      '${JSON.a.nope} ${JSON.constructor} ${JSON.__proto__} ${V.a}',
    ],
    ['$JSON.n $V.txt $V.a.b', 'config', '1.5 value.txt value.a.b'],
    // References of the later era.
    ['${params.V} ${env.JSON.n} ${params.NOPE} ${other.V}', 'config', 'value 1.5 ${params.NOPE} ${other.V}'],
    [
      '${steps.made.outputs.version} ${steps.text.outputs.O} ${steps.up.exit_code} ${context.dag.name}',
      'config',
      'v9 birch grove 7 ${context.dag.name}',
    ],
    // Double quotes.
    ['{"q":"${QUOTED}"}', 'config', '{"q":"say \\"hi\\"\\n"}'],
    ['"${V}"${V}"$V" "${V} "', 'config', '"value"value"value" "value "'],
    ['"${up.output}"', 'config', '"{\\"k\\":\\"v\\"}"'],
    // Escapes.
    ['\\$V \\${V} \\\\$V \\\\\\$V \\n', 'env', '$V ${V} \\\\value \\\\$V \\n'],
    ['\\$V', 'config', '$V'],
    ['\\$V', 'foreign', '\\value'],
    // Operations.
    ['${V:-d} ${EMPTY:-d} ${EMPTY-d} ${UNKNOWN:-d} ${UNKNOWN:=${V}}', 'env', 'value d  d value'],
    ['${UNKNOWN:-d} ${V:-d} ${UNKNOWN:+a}', 'config', '${UNKNOWN:-d} value ${UNKNOWN:+a}'],
    ['${V:+alt} ${EMPTY:+alt}. ${V:?no} ${#V} ${#CODE}', 'env', 'alt . value 5 14'],
    ['${CODE:0:5} ${CODE:6:3} ${CODE: -4} ${CODE:(1)}', 'env', 'QRT77 é✓🙂 0915 '],
    [
      '${PATHNAME##*/} ${PATHNAME%/*} ${PATHNAME%%.*} ${PATHNAME#/usr} ${PATHNAME%.gz}',
      'env',
      'file.tar.gz /usr/local /usr/local/file /local/file.tar.gz /usr/local/file.tar',
    ],
    ['${V/l/L} ${LIST//[aeiou]/_} ${V^} ${V^^} ${CODE,,}', 'env', 'vaLue ["z_r_","_n_"] Value VALUE qrt77_é✓🙂_0915'],
    // What is no reference.
    ['$ $$ $? ${} ${ V} ${V $(x) 5$', 'config', '$ $$ $? ${} ${ V} ${V $(x) 5$'],
    ['`echo $V`', 'config', '`echo value`'],
  ])('%s in %s becomes %s', (text, place, expected) => {
    expect(expandText(text, PLACES[place], context)).toBe(expected)
  })

  it('reads no value again', () => {
    expect(expandText('<$TICKS>', PLACES.env, context)).toBe(`<${VARIABLES.TICKS}>`)
  })

  it('fills in texts inside a JSON value and leaves its keys', () => {
    const value = { $V: ['$V', 1, null, { deep: '${JSON.n}' }] }
    expect(expandConfig(value, context)).toEqual({ $V: ['value', 1, null, { deep: '1.5' }] })
  })
})

describe('command substitution', () => {
  const ran: string[] = []
  const withShell: ExpandContext = {
    ...context,
    field: 'env[0]',
    substitute: async command => {
      ran.push(command)
      return command.includes('fail')
        ? { code: 3, stdout: '', stderr: 'x\nbad thing\n' }
        : { code: 0, stdout: ` <${command}>\n`, stderr: '' }
    },
  }
  const expand = (text: string, place: Place = PLACES.env) => expandField(text, place, withShell)

  it('is replaced by its trimmed output, and its text goes to the shell unexpanded', async () => {
    expect(await expand('a `x "$V"` b `y` $V')).toEqual({ ok: true, value: 'a <x "$V"> b <y> value' })
  })
  it('is never found in a value', async () => {
    ran.length = 0
    expect(await expand('$TICKS')).toEqual({ ok: true, value: VARIABLES.TICKS })
    expect(ran).toEqual([])
  })
  it('may hold escaped backticks and backslashes', async () => {
    expect(await expand('`a \\`b\\` \\\\ \\$V \\n`')).toEqual({ ok: true, value: '<a `b` \\ \\$V \\n>' })
  })
  it('stays text without its second backtick, and where it is not done', async () => {
    expect(await expand('a ` b')).toEqual({ ok: true, value: 'a ` b' })
    expect(await expand('`x`', PLACES.call)).toEqual({ ok: true, value: '`x`' })
  })
  it('that fails is a problem with the field, the code and the last line of stderr', async () => {
    const failed = await expand('`fail`')
    expect(failed).toMatchObject({ ok: false, error: { code: 'expr.substitution_failed', path: 'env[0]' } })
    expect(failed).toMatchObject({ error: { message: 'command substitution `fail` exited with 3: bad thing' } })
  })
  it('without a shell is a problem that asks for a runner', async () => {
    expect(await expandField('`x`', PLACES.env, { ...context, field: 'env[0]' })).toMatchObject({
      ok: false,
      error: { code: 'expr.needs_runner', path: 'env[0]' },
    })
  })
})
