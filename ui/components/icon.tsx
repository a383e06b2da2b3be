// Icons as inline SVG: 16 px, drawn in the current colour, always beside a word or a label.
import type { StatusKind } from '../lib/status.ts'

const PATHS = {
  not_started: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11',
  queued: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3l2 1.5',
  running: 'M8 2.5a5.5 5.5 0 0 1 5.5 5.5',
  waiting: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M6.5 6v4M9.5 6v4',
  succeeded: 'M3 8.5l3.2 3.2L13 4.8',
  partially_succeeded: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M5.5 8.2l1.8 1.8 3.2-3.8',
  failed: 'M4 4l8 8M12 4l-8 8',
  lost: 'M9 2L4 9h4l-1 5 5-7H8z',
  aborted: 'M4.5 4.5h7v7h-7z',
  skipped: 'M3 4l5 4-5 4zM12 4v8',
  rejected: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M4.2 4.2l7.6 7.6',
  retrying: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.5h-2.5',
  play: 'M5 3.5l7 4.5-7 4.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  retry: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.5h-2.5',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 3a4 4 0 1 0 0 8a4 4 0 1 0 0-8M10 10l3.5 3.5',
  download: 'M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10',
  sun: 'M8 5.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  system: 'M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3',
  signout: 'M6.5 2.5h-4v11h4M10.5 5l3 3-3 3M13 8H6',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3l2 1.5',
  wrap: 'M2.5 4h11M2.5 8h8.5a2 2 0 0 1 0 4H8M9.5 10.5L8 12l1.5 1.5M2.5 12h3',
  down: 'M8 3v10M4 9l4 4 4-4',
  rotate: 'M3 3.5h4v4H3zM9 9.5h4v4H9zM7 5.5h4v4',
  minus: 'M3 8h10',
  fit: 'M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  help: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M6.3 6.3a1.75 1.75 0 1 1 2.5 1.7c-.6.3-.8.7-.8 1.2M8 11.3v.1',
  bell: 'M8 2.5a3.5 3.5 0 0 0-3.5 3.5c0 3.5-1.5 4.5-1.5 5h10c0-.5-1.5-1.5-1.5-5A3.5 3.5 0 0 0 8 2.5M6.8 13.5h2.4',
  up: 'M8 13V3M4 7l4-4 4 4',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  more: 'M3.5 8v.1M8 8v.1M12.5 8v.1',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
} as const

export type IconName = keyof typeof PATHS | StatusKind

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className={`icon icon-${name}`}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={name === 'play' || name === 'aborted' || name === 'lost' || name === 'stop' ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {name === 'running' && <circle className="icon-track" cx="8" cy="8" r="5.5" />}
      <path d={PATHS[name]} />
    </svg>
  )
}
