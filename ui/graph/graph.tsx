// The graph of a run or a DAG: boxes are buttons, edges are SVG. It can be read, walked by arrow keys along its edges,
// scrolled and zoomed without any dragging.
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { Button } from '../components/ui.tsx'
import { STATUS_LOOKS, type StatusKind } from '../lib/status.ts'
import { type Direction, edgePath, type GraphLayout, layoutGraph, NODE_HEIGHT, NODE_WIDTH } from './layout.ts'

export interface GraphNode {
  name: string
  depends?: readonly string[] | undefined
  status: StatusKind
  /** Second line, e.g. a duration. */
  detail?: string
}

interface GraphProps {
  nodes: readonly GraphNode[]
  selected?: string | undefined
  onSelect: (name: string) => void
}

const DIRECTION_KEY = 'edgedag.graph.direction'
const ZOOMS = [0.35, 0.5, 0.65, 0.8, 1, 1.25, 1.6]
/** Fitting stops where names can no longer be read; then the graph scrolls. */
const MIN_FIT = 0.75
/** Height in px that the page gives the graph; see `.graph-viewport`. */
const MAX_HEIGHT = 304
/** Graphs with more boxes than this keep only those in the document that are near the visible part, in steps of px. */
const CULL_ABOVE = 150
const CULL_STEP = 400
/** Below this width, in px, a graph reads better from top to bottom. */
const NARROW = 560

const storedDirection = (): Direction | undefined => {
  const stored = localStorage.getItem(DIRECTION_KEY)
  return stored === 'LR' || stored === 'TB' ? stored : undefined
}

/** What lies near the part that is scrolled into sight. */
function cull(layout: GraphLayout, corner: { left: number; top: number }, room: number, scale: number): GraphLayout {
  const inside = ({ x, y }: { x: number; y: number }): boolean =>
    x * scale > corner.left - CULL_STEP - NODE_WIDTH &&
    x * scale < corner.left + room + 2 * CULL_STEP &&
    y * scale > corner.top - CULL_STEP - NODE_HEIGHT &&
    y * scale < corner.top + MAX_HEIGHT + 2 * CULL_STEP
  return {
    ...layout,
    nodes: layout.nodes.filter(inside),
    edges: layout.edges.filter(edge => edge.points.some(inside)),
  }
}

/** Where an arrow key leads: along edges, else to the sibling at the same depth. */
function neighbour(nodes: readonly GraphNode[], from: string, key: string, direction: Direction): string | undefined {
  const [back, forward, before, after] =
    direction === 'LR'
      ? ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']
      : ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']
  const node = nodes.find(entry => entry.name === from)
  if (node === undefined) return undefined
  if (key === back) return node.depends?.[0]
  if (key === forward) return nodes.find(entry => entry.depends?.includes(from))?.name
  if (key !== before && key !== after) return undefined
  const siblings = nodes.filter(entry => (entry.depends ?? []).join('\n') === (node.depends ?? []).join('\n'))
  return siblings[siblings.indexOf(node) + (key === after ? 1 : -1)]?.name
}

export function Graph({ nodes, selected, onSelect }: GraphProps) {
  const viewport = useRef<HTMLDivElement>(null)
  const [direction, setDirection] = useState<Direction>(
    () => storedDirection() ?? (window.innerWidth < NARROW ? 'TB' : 'LR'),
  )
  const [zoom, setZoom] = useState<number | 'fit'>('fit')
  const [room, setRoom] = useState(0)
  // Colours change often, edges never: the layout depends on the shape alone.
  const shape = nodes.map(node => `${node.name}<${(node.depends ?? []).join(',')}`).join(';')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the part of `nodes` that matters
  const layout = useMemo(() => layoutGraph(nodes, direction), [shape, direction])
  useEffect(() => {
    const element = viewport.current
    if (element === null) return
    const observer = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 0))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const fitted = room === 0 ? 1 : Math.max(MIN_FIT, Math.min(1, room / layout.width, MAX_HEIGHT / layout.height))
  const scale = zoom === 'fit' ? fitted : zoom
  const [corner, setCorner] = useState({ left: 0, top: 0 })
  const onScroll = (): void => {
    const { scrollLeft, scrollTop } = viewport.current ?? { scrollLeft: 0, scrollTop: 0 }
    const [left, top] = [Math.floor(scrollLeft / CULL_STEP) * CULL_STEP, Math.floor(scrollTop / CULL_STEP) * CULL_STEP]
    setCorner(before => (before.left === left && before.top === top ? before : { left, top }))
  }
  const visible = layout.nodes.length <= CULL_ABOVE ? layout : cull(layout, corner, room, scale)
  // The selected box is brought into sight inside its own frame; the page itself does not move.
  useEffect(() => {
    const element = viewport.current
    const place = layout.nodes.find(node => node.name === selected)
    if (element === null || place === undefined) return
    const [x, y] = [(place.x + NODE_WIDTH / 2) * scale, (place.y + NODE_HEIGHT / 2) * scale]
    const hidden = (at: number, from: number, size: number): boolean => at < from || at > from + size - 24
    if (hidden(x, element.scrollLeft, element.clientWidth) || hidden(y, element.scrollTop, element.clientHeight))
      element.scrollTo({ left: x - element.clientWidth / 2, top: y - element.clientHeight / 2 })
  }, [layout, selected, scale])
  const step = (by: 1 | -1): void => {
    const candidates = by === 1 ? ZOOMS.filter(z => z > scale + 0.01) : ZOOMS.filter(z => z < scale - 0.01)
    setZoom((by === 1 ? candidates[0] : candidates.at(-1)) ?? scale)
  }
  const turn = (): void => {
    const next = direction === 'LR' ? 'TB' : 'LR'
    localStorage.setItem(DIRECTION_KEY, next)
    setDirection(next)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const from = (event.target as HTMLElement).dataset.step
    const to = from === undefined ? undefined : neighbour(nodes, from, event.key, direction)
    if (to === undefined) return
    event.preventDefault()
    const place = layout.nodes.find(entry => entry.name === to)
    const find = (): HTMLElement | undefined =>
      [...(viewport.current?.querySelectorAll<HTMLElement>('[data-step]') ?? [])].find(
        element => element.dataset.step === to,
      )
    if (find() === undefined && place) viewport.current?.scrollTo({ left: place.x * scale, top: place.y * scale })
    requestAnimationFrame(() => find()?.focus())
  }
  const byName = new Map(nodes.map(node => [node.name, node]))
  const focusable = selected !== undefined && byName.has(selected) ? selected : nodes[0]?.name
  return (
    <div className="graph">
      <div className="graph-tools">
        <Button icon="minus" tone="ghost" iconOnly onClick={() => step(-1)}>
          Zoom out
        </Button>
        <Button icon="plus" tone="ghost" iconOnly onClick={() => step(1)}>
          Zoom in
        </Button>
        <Button icon="fit" tone="ghost" iconOnly onClick={() => setZoom('fit')}>
          Fit to width
        </Button>
        <Button icon="rotate" tone="ghost" iconOnly onClick={turn}>
          {direction === 'LR' ? 'Draw from top to bottom' : 'Draw from left to right'}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys are an addition to the buttons inside */}
      <div className="graph-viewport" ref={viewport} onKeyDown={onKeyDown} onScroll={onScroll}>
        <div className="graph-sizer" style={{ width: layout.width * scale, height: layout.height * scale }}>
          <div
            className="graph-canvas"
            style={{ width: layout.width, height: layout.height, transform: `scale(${scale})` }}
          >
            <svg className="graph-edges" width={layout.width} height={layout.height} aria-hidden="true">
              {visible.edges.map(edge => {
                const status = byName.get(edge.from)?.status ?? 'not_started'
                return (
                  <path
                    key={`${edge.from}\n${edge.to}`}
                    className={`edge edge-${status}`}
                    d={edgePath(edge.points, direction)}
                  />
                )
              })}
            </svg>
            {visible.nodes.map(place => {
              const node = byName.get(place.name)
              if (node === undefined) return null
              return (
                <button
                  type="button"
                  key={place.name}
                  data-step={place.name}
                  className={`graph-node status-${node.status}`}
                  style={{ left: place.x, top: place.y, width: NODE_WIDTH, height: NODE_HEIGHT }}
                  tabIndex={place.name === focusable ? 0 : -1}
                  aria-pressed={place.name === selected}
                  title={node.name}
                  onClick={() => onSelect(place.name)}
                >
                  <Icon name={node.status} />
                  <span className="graph-node-text">
                    <span className="graph-node-name">{node.name}</span>
                    <span className="graph-node-detail">{node.detail || STATUS_LOOKS[node.status].word}</span>
                    {node.detail && <span className="visually-hidden">{STATUS_LOOKS[node.status].word}</span>}
                  </span>
                </button>
              )
            })}
          </div>
        </div>
      </div>
    </div>
  )
}
