// Keeps the promise that every text colour can be read in both themes (WCAG AA: 4.5:1), also on tinted status chips.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const tokens = readFileSync(join(import.meta.dirname, '../styles/tokens.css'), 'utf8')

type Rgb = [number, number, number]
const pairs = new Map(
  [...tokens.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(match => [
    match[1] ?? '',
    [match[2] ?? '', match[3] ?? ''],
  ]),
)
const rgb = (hex: string): Rgb => [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16)) as Rgb
const mix = (a: Rgb, b: Rgb, share: number): Rgb =>
  a.map((value, i) => value * share + (b[i] ?? 0) * (1 - share)) as Rgb
const luminance = (color: Rgb): number => {
  const [r = 0, g = 0, b = 0] = color.map(value => {
    const s = value / 255
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a: Rgb, b: Rgb): number => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
const color = (name: string, theme: number): Rgb => rgb(pairs.get(name)?.[theme] ?? '#ff00ff')
const named = (prefix: string) => [...pairs.keys()].filter(name => name.startsWith(prefix))

test.each(['light', 'dark'])('texts reach 4.5:1 on every surface of the %s theme', theme => {
  const index = theme === 'light' ? 0 : 1
  const texts = ['text', 'muted', 'accent', 'danger', ...named('status-'), ...named('code-'), ...named('ansi-')]
  const weak = texts.flatMap(name => {
    const grounds = name.startsWith('ansi-') || name.startsWith('code-') ? ['surface'] : ['surface', 'page', 'sunken']
    return grounds
      .filter(ground => contrast(color(name, index), color(ground, index)) < 4.5)
      .map(ground => `${name} on ${ground}`)
  })
  expect(weak).toEqual([])
})

test.each(['light', 'dark'])('status chips and filled buttons can be read in the %s theme', theme => {
  const index = theme === 'light' ? 0 : 1
  for (const name of named('status-')) {
    const own = color(name, index)
    expect(contrast(own, mix(own, color('surface', index), 0.11))).toBeGreaterThanOrEqual(4.5)
  }
  expect(contrast([255, 255, 255], color('accent-fill', index))).toBeGreaterThanOrEqual(4.5)
  expect(contrast(color('border-strong', index), color('surface', index))).toBeGreaterThanOrEqual(3)
})
