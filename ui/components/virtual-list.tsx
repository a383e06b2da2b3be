// A list in the page's own scroll: short ones are simply there, of long ones only the rows near the screen are in the document.
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type HTMLAttributes, type ReactNode, useLayoutEffect, useRef, useState } from 'react'

/** Up to here every row is rendered: the browser's own search then finds all of them. */
const PLAIN_LIMIT = 60

interface VirtualListProps<T> extends Omit<HTMLAttributes<HTMLUListElement>, 'children'> {
  items: readonly T[]
  keyOf: (item: T) => string
  /** Height of a row in px, before it is measured. */
  estimate: number
  rowClass: (item: T) => string
  children: (item: T) => ReactNode
}

export function VirtualList<T>(props: VirtualListProps<T>) {
  return props.items.length <= PLAIN_LIMIT ? <PlainList {...props} /> : <WindowedList {...props} />
}

function PlainList<T>({ items, keyOf, estimate: _, rowClass, children, ...rest }: VirtualListProps<T>) {
  return (
    <ul {...rest}>
      {items.map(item => (
        <li key={keyOf(item)} className={rowClass(item)}>
          {children(item)}
        </li>
      ))}
    </ul>
  )
}

function WindowedList<T>({ items, keyOf, estimate, rowClass, children, ...rest }: VirtualListProps<T>) {
  const list = useRef<HTMLUListElement>(null)
  const [margin, setMargin] = useState(0)
  // What stands above the list may grow or shrink with any render, so its place is read after each.
  useLayoutEffect(() => {
    const top = Math.round((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
    setMargin(before => (Math.abs(before - top) > 1 ? top : before))
  })
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => estimate,
    overscan: 8,
    scrollMargin: margin,
    getItemKey: index => keyOf(items[index] as T),
  })
  const rows = virtual.getVirtualItems()
  const before = rows[0] ? rows[0].start - margin : 0
  const after = virtual.getTotalSize() - ((rows.at(-1)?.end ?? margin) - margin)
  return (
    <ul {...rest} ref={list} style={{ paddingTop: Math.max(0, before), paddingBottom: Math.max(0, after) }}>
      {rows.map(row => {
        const item = items[row.index] as T
        return (
          <li
            key={row.key}
            ref={virtual.measureElement}
            data-index={row.index}
            className={rowClass(item)}
            aria-setsize={items.length}
            aria-posinset={row.index + 1}
          >
            {children(item)}
          </li>
        )
      })}
    </ul>
  )
}
