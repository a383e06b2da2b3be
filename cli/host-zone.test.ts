import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { namedZone } from './host-zone.ts'

const dir = mkdtempSync(join(tmpdir(), 'edgedag-zone-'))
afterAll(() => rmSync(dir, { recursive: true }))
const folder = join(dir, 'zoneinfo', 'Asia')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'Kathmandu'), '')
symlinkSync(join(folder, 'Kathmandu'), join(dir, 'localtime'))

it.each([
  ['America/New_York', 'America/New_York'],
  [':America/New_York', 'America/New_York'],
  ['EST5EDT', 'EST5EDT'],
  [`:${join(dir, 'localtime')}`, 'Asia/Kathmandu'],
  [join(folder, 'Kathmandu'), 'Asia/Kathmandu'],
  [undefined, 'Europe/Paris'],
  ['', 'Europe/Paris'],
  ['Foo/Bar', null],
  [':/nowhere', null],
  ['CET-1CEST,M3.5.0,M10.5.0/3', null],
])('reads TZ=%s as the zone %s', (tz, zone) => {
  expect(namedZone(tz ?? '', 'Europe/Paris')).toBe(zone)
})

it.each([undefined, 'Etc/Unknown'])('takes UTC where the system says %s', system => {
  expect(namedZone('', system)).toBe('UTC')
})
