// Functions that are written in jq itself.
import { parseDefinitions } from './parse.ts'
import type { Definition } from './syntax.ts'

const TEXT = `
def select(f): if f then . else empty end;
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def finites: select(isinfinite or isnan | not);
def normals: select(isnormal);
def recurse(f; cond): recurse(f | select(cond));
def add(f): reduce f as $x (null; . + $x);
def to_entries: [keys[] as $k | {key: $k, value: .[$k]}];
def with_entries(f): to_entries | map(f) | from_entries;
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def any: any(.[]; .);
def all: all(.[]; .);
def any(f): any(.[]; f);
def all(f): all(.[]; f);
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def sort_by(f): _sorted(map([f]));
def group_by(f): _grouped(map([f]));
def unique_by(f): _unique(map([f]));
def min: _min(.);
def max: _max(.);
def min_by(f): _min(map([f]));
def max_by(f): _max(map([f]));
def match($re; $flags): _matches($re; $flags)[];
def match($val): match($val; null);
def test($re; $flags): _matches($re; $flags) | length > 0;
def test($val): test($val; null);
def capture($re; $flags): match($re; $flags) | _captured;
def capture($val): capture($val; null);
def scan($re; $flags): match($re; "g" + $flags) | if .captures == [] then .string else [.captures[].string] end;
def scan($val): scan($val; null);
def splits($re; $flags): split($re; $flags)[];
def splits($re): splits($re; null);
def ascii: [.] | implode;
def transpose: if . == [] then [] else . as $in | (map(length) | max) as $max | [range(0; $max) as $j | [range(0; $in | length) as $i | $in[$i][$j]]] end;
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;
def walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w;
def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): {x: null, e: false} as $init | foreach f as $i ($init;
  if .e then $init else . end | if $i | length == 2
  then setpath(["e"]; $i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1])
  else setpath(["e"]; $i[0] | length == 1) end;
  if .e then .x else empty end);
def truncate_stream(stream): . as $n | null | stream | . as $input | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;
def todateiso8601: todate;
def fromdateiso8601: fromdate;
def dateadd(u; n): . + n;
def datesub(u; n): . - n;
def date: todate;
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def IN(s): any(s == .; .);
def IN(src; s): any(src == s; .);
def toarray: if type == "array" then . else [.] end;
def have_literal_numbers: true;
def have_decnum: false;
def debug: .;
def debug(f): .;
def stderr: .;
def input_line_number: 0;
def halt_error: error;
def halt_error($code): error;
`

/** By `name/arity`. */
export const PRELUDE: ReadonlyMap<string, Definition> = new Map(
  parseDefinitions(TEXT).map(definition => [`${definition.name}/${definition.params.length}`, definition]),
)
