// Tabs that are links: each has an address, so the browser's own back, new tab and bookmark work.
import { useEffect, useRef } from 'react'
import { Link } from '../lib/router.tsx'

export interface TabItem {
  key: string
  label: string
  href: string
  count?: number
}

interface TabsProps {
  items: readonly TabItem[]
  current: string
  label: string
  /** Small ones beside other things, for views inside a tab. */
  compact?: boolean
}

export function Tabs({ items, current, label, compact = false }: TabsProps) {
  const bar = useRef<HTMLElement>(null)
  // On a narrow screen the bar scrolls: what is open must be in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is the moment to look
  useEffect(() => {
    const shown = bar.current?.querySelector<HTMLElement>('[aria-current]')
    if (bar.current && shown)
      bar.current.scrollLeft = shown.offsetLeft - (bar.current.clientWidth - shown.offsetWidth) / 2
  }, [current])
  return (
    <nav ref={bar} className={compact ? 'tabs tabs-compact' : 'tabs'} aria-label={label}>
      {items.map(item => (
        <Link key={item.key} href={item.href} className="tab" aria-current={item.key === current ? 'page' : undefined}>
          {item.label}
          {item.count !== undefined && item.count > 0 && <span className="tab-count">{item.count}</span>}
        </Link>
      ))}
    </nav>
  )
}
