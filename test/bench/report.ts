// Figures for people: value, floor and ratio, the promise and whether it is kept, the reference's figure in brackets.
import type { Figure } from './measure.ts'

const number = (value: number): string =>
  !Number.isFinite(value)
    ? '–'
    : Math.abs(value) >= 100
      ? value.toFixed(0)
      : Math.abs(value) >= 10
        ? value.toFixed(1)
        : value.toFixed(2)

export const ratioOf = (f: Figure): number | undefined => (f.floor === undefined ? undefined : f.value / f.floor)

/** True, false, or undefined where nothing is promised. */
export function isKept(f: Figure): boolean | undefined {
  if (!f.limit) return undefined
  const judged = f.limit.of === 'ratio' ? (ratioOf(f) ?? Number.NaN) : f.value
  if (f.limit.atMost !== undefined) return judged <= f.limit.atMost
  return judged >= (f.limit.atLeast ?? 0)
}

function promise(f: Figure): string {
  if (!f.limit) return ''
  const unit = f.limit.of === 'ratio' ? '×' : ''
  return f.limit.atMost !== undefined ? `<= ${f.limit.atMost}${unit}` : `>= ${f.limit.atLeast}${unit}`
}

export function line(f: Figure): string {
  const ratio = ratioOf(f)
  const parts = [
    { true: '✓', false: '✕', undefined: ' ' }[String(isKept(f)) as 'true'],
    f.name.padEnd(52),
    `${number(f.value)} ${f.unit}`.padStart(18),
    ratio === undefined ? ''.padEnd(10) : `${number(ratio)}×`.padStart(10),
    promise(f).padStart(9),
    f.reference ? `(${f.reference})` : '',
    f.floor === undefined ? '' : `floor ${number(f.floor)} ${f.floorName}`,
    f.note ?? '',
  ]
  return parts
    .filter((part, i) => i < 5 || part !== '')
    .join('  ')
    .trimEnd()
}
