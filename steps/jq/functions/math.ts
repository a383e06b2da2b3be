// Functions of numbers.
import { isNumber, JqError, normal, show, type Value } from '../values.ts'
import { type Natives, numberOf, plain } from './native.ts'

const OF_ONE = [
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'cbrt',
  'cos',
  'cosh',
  'exp',
  'expm1',
  'log',
  'log10',
  'log1p',
  'log2',
  'sin',
  'sinh',
  'sqrt',
  'tan',
  'tanh',
] as const

const ofOne = (name: string, apply: (n: number) => number) =>
  [`${name}/0`, (value: Value) => apply(numberOf(value, name))] as const
const ofTwo = (name: string, apply: (a: number, b: number) => number) =>
  [`${name}/2`, (_: Value, a?: Value, b?: Value) => apply(numberOf(a!, name), numberOf(b!, name))] as const

/** To a whole number; an integer of any size is one. */
const whole = (name: string, apply: (n: number) => number) =>
  [`${name}/0`, (value: Value) => (typeof value === 'bigint' ? value : apply(numberOf(value, name)))] as const

/** Half away from zero. */
const round = (n: number): number => Math.sign(n) * Math.round(Math.abs(n))

/** Half to even. */
const rint = (n: number): number => {
  const low = Math.floor(n)
  if (n - low !== 0.5) return Math.round(n)
  return low % 2 === 0 ? low : low + 1
}

const frexp = (n: number): [number, number] => {
  if (n === 0 || !Number.isFinite(n)) return [n, 0]
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(n))) + 1)
  let fraction = n * 2 ** -exponent
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2
    exponent--
  }
  while (Math.abs(fraction) >= 1) {
    fraction /= 2
    exponent++
  }
  return [fraction, exponent]
}

function absolute(value: Value): Value {
  if (!isNumber(value)) throw new JqError(`${show(value)} has no absolute value`)
  return typeof value === 'bigint' ? (value < 0n ? normal(-value) : value) : Math.abs(value)
}

export const MATH: Natives = plain(
  Object.fromEntries<(input: Value, ...args: Value[]) => Value>([
    ...OF_ONE.map(name => ofOne(name, Math[name])),
    ofOne('exp2', n => 2 ** n),
    ofOne('exp10', n => 10 ** n),
    ofOne('significand', n => (n === 0 || !Number.isFinite(n) ? n : frexp(n)[0] * 2)),
    ofOne('logb', n => (n === 0 ? Number.NEGATIVE_INFINITY : Number.isFinite(n) ? frexp(n)[1] - 1 : Math.abs(n))),
    ...(['floor', 'ceil', 'trunc'] as const).map(name => whole(name, Math[name])),
    whole('round', round),
    whole('rint', rint),
    whole('nearbyint', rint),
    ofTwo('pow', (a, b) => a ** b),
    ofTwo('atan2', Math.atan2),
    ofTwo('fmin', Math.min),
    ofTwo('fmax', Math.max),
    ofTwo('fmod', (a, b) => a % b),
    ofTwo('hypot', Math.hypot),
    ofTwo('ldexp', (a, b) => a * 2 ** b),
    ofTwo('scalb', (a, b) => a * 2 ** b),
    ofTwo('copysign', (a, b) => (Object.is(Math.sign(b), -0) || b < 0 ? -Math.abs(a) : Math.abs(a))),
    ['fma/3', (_, a, b, c) => numberOf(a!, 'fma') * numberOf(b!, 'fma') + numberOf(c!, 'fma')],
    ['frexp/0', value => frexp(numberOf(value, 'frexp'))],
    ['modf/0', value => [numberOf(value, 'modf') % 1, Math.trunc(numberOf(value, 'modf'))]],
    ['abs/0', absolute],
    ['fabs/0', absolute],
    ['infinite/0', () => Number.POSITIVE_INFINITY],
    ['nan/0', () => Number.NaN],
    ['isnan/0', value => Number.isNaN(numberOf(value, 'isnan'))],
    ['isinfinite/0', value => Math.abs(numberOf(value, 'isinfinite')) === Number.POSITIVE_INFINITY],
    ['isnormal/0', value => Number.isFinite(numberOf(value, 'isnormal')) && Math.abs(Number(value)) >= 2 ** -1022],
  ]),
)
