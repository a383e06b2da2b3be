// What queries give: the table was made by gojq, whose behaviour is the one to match.
import { parseJsonExactly } from '@edgedag/core/spec/json'
import { describe, expect, it } from 'vitest'
import { compileQuery, evaluate } from './query.ts'
import { fromJson, toText, type Value } from './values.ts'

const run = (text: string, input: Value, maxSteps = 200_000) => {
  const compiled = compileQuery(text)
  if (!compiled.ok) return { values: [], pauses: 0, error: compiled.error }
  const found = { values: [] as string[], pauses: 0, error: undefined as string | undefined }
  for (const result of evaluate(compiled.query, input, maxSteps)) {
    if (result.is === 'value') found.values.push(toText(result.value))
    else if (result.is === 'pause') found.pauses++
    else found.error = result.error
  }
  return found
}

/** Query, input, results on one line, and whether an error ends them. */
const ROWS: [query: string, input: string, results: string, fails?: true][] = [
  ['[.[] | length]', '[[1,2],"héé",{"a":1},null,-5]', '[2,3,1,0,5]'],
  ['.a[].b?', '{"a":[{"b":1},2,{"b":3}]}', '1 3'],
  ['.[1:2], .[-1], .[9]', '[1,2,3]', '[2] 3 null'],
  ['[..]', '{"b":[1],"a":2}', '[{"a":2,"b":[1]},2,[1],1]'],
  [String.raw`{(.k):1, "x\(.k)":2, k}`, '{"k":"z"}', '{"k":"z","xz":2,"z":1}'],
  ['{a:(1,2),b:(3,4)}', 'null', '{"a":1,"b":3} {"a":1,"b":4} {"a":2,"b":3} {"a":2,"b":4}'],
  ['[.[] as [$a,{b:$c}] | $a+$c]', '[[1,{"b":2}],[3,{"b":4}]]', '[3,7]'],
  ['.[] as {a:$x} ?// [$x] | $x', '[{"a":1},[2]]', '1 2'],
  [
    'reduce (.[] | to_entries[]) as {key:$k, value:$v} ({}; .[$k] += [$v])',
    '[{"a":1},{"a":2,"b":3}]',
    '{"a":[1,2],"b":[3]}',
  ],
  ['[foreach .[] as $x (0; .+$x; [$x,.])]', '[1,2,3]', '[[1,1],[2,3],[3,6]]'],
  ['[limit(3; range(10))], [first(range(5;9))], isempty(empty)', 'null', '[0,1,2] [5] true'],
  ['[range(0,1;3,4)], [range(10;0;-3)]', 'null', '[0,1,2,0,1,2,3,1,2,1,2,3] [10,7,4,1]'],
  ['[pow(2,3;1,2)]', 'null', '[2,3,4,9]'],
  ['.a += (1,2)', '{"a":1}', '{"a":2} {"a":3}'],
  ['[.[] | select(. > 2)] |= map(. * 10)', '[1,2,3]', '', true],
  ['(.[] | select(. > 2)) |= empty', '[1,2,3,4]', '[1,2]'],
  ['.a.b.c = 1 | .d[1] = 2', 'null', '{"a":{"b":{"c":1}},"d":[null,2]}'],
  ['.a[1:3] |= map(. * 2)', '{"a":[1,2,3,4]}', '{"a":[1,4,6,4]}'],
  ['del(.a, .b[0])', '{"a":1,"b":[1,2],"c":3}', '{"b":[2],"c":3}'],
  ['with_entries(.value += 1)', '{"b":1,"a":2}', '{"a":3,"b":2}'],
  ['[paths(type == "number")], [path(.a[].b?)]', '{"a":[1,{"b":2}]}', '[["a",0],["a",1,"b"]] [["a",1,"b"]]'],
  ['add, (map(tostring) | add)', '[1,2,3]', '6 "123"'],
  ['flatten, flatten(1)', '[1,[2,[3,[4]]]]', '[1,2,3,4] [1,2,[3,[4]]]'],
  [
    'sort, unique',
    '[3,"a",null,true,3,{"a":1},[1],1.5]',
    '[null,true,1.5,3,3,"a",[1],{"a":1}] [null,true,1.5,3,"a",[1],{"a":1}]',
  ],
  ['group_by(.a) | map({a: .[0].a, n: length})', '[{"a":1},{"a":2},{"a":1}]', '[{"a":1,"n":2},{"a":2,"n":1}]'],
  ['min_by(.a), max_by(.a)', '[{"a":2,"i":1},{"a":1,"i":2},{"a":2,"i":3}]', '{"a":1,"i":2} {"a":2,"i":3}'],
  ['contains({"a":[{"b":1}]})', '{"a":[{"b":1,"c":2},3]}', 'true'],
  ['split(", "), (split(", ") | join("-"))', '"a, b, c"', '["a","b","c"] "a-b-c"'],
  ['ltrimstr("a"), rtrimstr("c"), ascii_upcase', '"abc"', '"bc" "ab" "ABC"'],
  [
    'tostring, tojson, (tojson | fromjson)',
    '{"b":[1,"x",null],"a":1.0}',
    String.raw`"{\"a\":1,\"b\":[1,\"x\",null]}" "{\"a\":1,\"b\":[1,\"x\",null]}" {"a":1,"b":[1,"x",null]}`,
  ],
  [
    '9007199254740993 * 2, 100000000000000000001 + 1, 6 / 2, -7 % 3',
    'null',
    '18014398509481986 100000000000000000002 3 -1',
  ],
  [
    '"a,b" / ",", "ab" * 2, [1,2,3] - [2], {"a":{"b":1}} * {"a":{"c":2}}',
    'null',
    '["a","b"] "abab" [1,3] {"a":{"b":1,"c":2}}',
  ],
  ['[(false,null) // (4,5)], (.x // "none")', '{"x":false}', '[4,5] "none"'],
  ['[.[] | try tonumber catch "bad"]', '["1","x"]', '[1,"bad"]'],
  ['try error({"code":3}) catch .code', 'null', '3'],
  ['[label $f | range(10) | ., (select(. == 3) | break $f)]', 'null', '[0,1,2,3]'],
  ['def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 10 | fac', 'null', '3628800'],
  ['def f($a; $b): [$a,$b]; [f(1,2;3,4)]', 'null', '[[1,3],[1,4],[2,3],[2,4]]'],
  ['def f(x): x | x; 2 | f(. * .)', 'null', '16'],
  [
    '[recurse(if . < 3 then . + 1 else empty end)], [while(. < 9; . + 4)], until(. > 100; . * 3 + 1)',
    '0',
    '[0,1,2,3] [0,4,8] 121',
  ],
  ['1 == 1.0, "a" < "b", [] < {}, null < false, {"a":1} == {"a":1}', 'null', 'true true true true true'],
  [String.raw`"\(1,2)-\(3,4)"`, 'null', '"1-3" "2-3" "1-4" "2-4"'],
  [
    '@base64, (@base64 | @base64d), @uri, @html, @json',
    '"<é &\'>"',
    String.raw`"PMOpICYnPg==" "<é &'>" "%3C%C3%A9%20%26%27%3E" "&lt;é &amp;&apos;&gt;" "\"<é &'>\""`,
  ],
  [
    '@csv, @tsv',
    String.raw`[1,"a\"b",null,true,"x\ty"]`,
    String.raw`"1,\"a\"\"b\",,true,\"x\ty\"" "1\ta\"b\t\ttrue\tx\\ty"`,
  ],
  [String.raw`@sh "echo \(.)"`, '["it\'s", 1]', String.raw`"echo 'it'\\''s' 1"`],
  [
    'test("B"; "i"), [match("(?<x>b)(z)?") | .offset, .captures[].name], [scan("[a-z]")]',
    '"ébc"',
    'true [1,"x",null] ["b","c"]',
  ],
  [String.raw`capture("(?<y>\\d+)-(?<m>\\d+)")`, '"2026-11"', '{"m":"11","y":"2026"}'],
  [
    String.raw`sub("a";"b"), gsub("(?<x>[an])";"<\(.x)>"), [splits("n")]`,
    '"banana"',
    '"bbnana" "b<a><n><a><n><a>" ["ba","a","a"]',
  ],
  ['indices("a"), index("an"), rindex("an")', '"banana"', '[1,3,5] 1 3'],
  ['tostream', '{"a":[1,2]}', '[["a",0],1] [["a",1],2] [["a",1]] [["a"]]'],
  ['fromstream(tostream)', '{"a":[1,{"b":2}]}', '{"a":[1,{"b":2}]}'],
  ['transpose, [combinations]', '[[1,2],[3,4]]', '[[1,3],[2,4]] [[1,3],[1,4],[2,3],[2,4]]'],
  ['walk(if type == "array" then sort else . end)', '[[3,1],[2]]', '[[1,3],[2]]'],
  [
    'todate, (todate | fromdate), strftime("%A %d %b %Y %j")',
    '1425599621',
    '"2015-03-05T23:53:41Z" 1425599621 "Thursday 05 Mar 2015 064"',
  ],
  ['"2015-03-05T23:51:47Z" | strptime("%Y-%m-%dT%H:%M:%SZ") | mktime', 'null', '1425599507'],
  ['floor, ceil, round, sqrt', '6.25', '6 7 6 2.5'],
  [
    'keys, .["__proto__"]',
    '{"é":1,"a":2,"😀":3,"Z":1,"10":1,"9":1,"__proto__":7}',
    '["10","9","Z","__proto__","a","é","😀"] 7',
  ],
  ['.a.b.c', '{"a":5}', '', true],
  ['.[]', '5', '', true],
  ['error("x")', 'null', '', true],
  ['1 / 0', 'null', '', true],
  ['path(1) | .a', 'null', '', true],
  ['nosuch(1)', 'null', '', true],
  ['$nosuch', 'null', '', true],
  ['@csv', '[[1]]', '', true],
]

describe('a jq query', () => {
  it.each(ROWS)('%s of %s gives %s', (query, input, results, fails) => {
    const { values, error } = run(query, fromJson(parseJsonExactly(input)))
    expect(values.join(' ')).toBe(results)
    if (fails) expect(error).toMatch(/./)
    else expect(error).toBeUndefined()
  })

  it.each([
    ['.a | {{', /unexpected "{" .*line 1, column 7/],
    ['.a |', /the query ends where a term is expected/],
    ['"abc', /the text is not closed/],
    ['.[', /the query ends/],
    ['1 == 2 == 3', /cannot follow another of its kind/],
    ['if 1 then 2', /"end" is expected/],
    ['~', /unexpected "~"/],
  ])('that cannot be read is told with the place: %s', (query, message) => {
    expect(run(query, null).error).toMatch(message)
  })

  it('that never ends takes breaths, and ends after its steps', () => {
    for (const query of ['[repeat(1)]', 'last(range(1e12))', 'def f: f; f', 'reduce repeat(1) as $x (0; . + 1)']) {
      const { values, error, pauses } = run(query, null, 150_000)
      expect(values).toEqual([])
      expect(error).toMatch(/more than 150000 steps|nested too deeply/)
      if (error?.includes('steps')) expect(pauses).toBeGreaterThan(3)
    }
  })

  it('makes no value that is too large', () => {
    for (const query of ['"x" * 1e9', '.[1e9] = 1', 'reduce range(99) as $i ("x"; . + .) | length'])
      expect(run(query, null).error).toMatch(/too large/)
  })

  it('that makes a value of too many parts ends, whatever it does with it', () => {
    const tree = '(reduce range(40) as $n (1; [., .]))'
    for (const use of [
      `${tree} == ${tree}`,
      `${tree} | tojson`,
      `${tree} | flatten | length`,
      `${tree} | contains(${tree})`,
    ])
      expect(run(use, null).error).toMatch(/too large/)
    expect(run(`${tree} | .a`, null).error).toMatch(/array .of many parts. cannot be indexed/)
    expect(run('reduce range(20000) as $n (1; [.]) | tojson', null).error).toMatch(/nested too deeply/)
  })

  it('has keys that are only keys, and sees nothing of its surroundings', () => {
    const input = fromJson(parseJsonExactly('{"__proto__": {"polluted": 1}, "constructor": 2}'))
    expect(run('.constructor, .toString, (.__proto__.x = 1 | .__proto__.x), ({} | .polluted)', input).values).toEqual([
      '2',
      'null',
      '1',
      'null',
    ])
    expect(run('$ENV, env', null).values).toEqual(['{}', '{}'])
  })

  it('keeps every digit of a large integer', () => {
    const input = fromJson(parseJsonExactly('{"id": 12345678901234567890}'))
    expect(run('.id, .id + 1, "\\(.id)", (.id | tojson | fromjson), .id > 1', input).values.join(' ')).toBe(
      '12345678901234567890 12345678901234567891 "12345678901234567890" 12345678901234567890 true',
    )
  })
})
