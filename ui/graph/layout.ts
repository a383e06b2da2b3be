// Where the boxes of a graph go. Deterministic for the same steps, so that nothing jumps when only colours change.
import dagre from '@dagrejs/dagre'

export interface GraphStep {
  name: string
  depends?: readonly string[] | undefined
}

export interface PlacedNode {
  name: string
  /** Left upper corner, px. */
  x: number
  y: number
}

export interface Point {
  x: number
  y: number
}

export interface PlacedEdge {
  from: string
  to: string
  points: Point[]
}

export interface GraphLayout {
  width: number
  height: number
  nodes: PlacedNode[]
  edges: PlacedEdge[]
}

export type Direction = 'LR' | 'TB'

export const NODE_WIDTH = 158
export const NODE_HEIGHT = 44
const MARGIN = 12
const RANK_GAP = 36
const NODE_GAP = 18
/** Above this many steps the exact layout is too slow for the page's thread. */
const EXACT_LIMIT = 250

/** Edges between known steps only: a dependency that is not a step of this graph is left out. */
export function edgesOf(steps: readonly GraphStep[]): { from: string; to: string }[] {
  const known = new Set(steps.map(step => step.name))
  return steps.flatMap(step =>
    [...new Set(step.depends ?? [])].filter(name => known.has(name)).map(from => ({ from, to: step.name })),
  )
}

/** Where an edge touches its box: the middle of the side that faces along the graph. */
const port = (node: PlacedNode, end: 'out' | 'in', direction: Direction): Point =>
  direction === 'LR'
    ? { x: node.x + (end === 'out' ? NODE_WIDTH : 0), y: node.y + NODE_HEIGHT / 2 }
    : { x: node.x + NODE_WIDTH / 2, y: node.y + (end === 'out' ? NODE_HEIGHT : 0) }

/** The points that lead an edge around other boxes: none between neighbouring ranks, where dagre gives three points. */
const bends = (points: readonly Point[]): Point[] => (points.length <= 3 ? [] : points.slice(1, -1))

/** True when most boxes of a rank stand against the order of the file: the drawing then reads better mirrored. */
function againstFileOrder(nodes: readonly PlacedNode[], direction: Direction): boolean {
  const last = new Map<number, number>()
  let balance = 0
  for (const node of nodes) {
    const [rank, at] = direction === 'LR' ? [node.x, node.y] : [node.y, node.x]
    const before = last.get(rank)
    if (before !== undefined) balance += at < before ? 1 : -1
    last.set(rank, at)
  }
  return balance > 0
}

/** Turns a drawing over across its direction. */
function mirrored(layout: GraphLayout, direction: Direction): GraphLayout {
  const flip = (point: Point, size: number): Point =>
    direction === 'LR'
      ? { x: point.x, y: layout.height - point.y - size }
      : { x: layout.width - point.x - size, y: point.y }
  const across = direction === 'LR' ? NODE_HEIGHT : NODE_WIDTH
  return {
    ...layout,
    nodes: layout.nodes.map(node => ({ name: node.name, ...flip(node, across) })),
    edges: layout.edges.map(edge => ({ ...edge, points: edge.points.map(point => flip(point, 0)) })),
  }
}

function exactLayout(steps: readonly GraphStep[], direction: Direction): GraphLayout {
  const graph = new dagre.graphlib.Graph()
  graph.setGraph({ rankdir: direction, ranksep: RANK_GAP, nodesep: NODE_GAP, marginx: MARGIN, marginy: MARGIN })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const step of steps) graph.setNode(step.name, { width: NODE_WIDTH, height: NODE_HEIGHT })
  for (const edge of edgesOf(steps)) graph.setEdge(edge.from, edge.to)
  dagre.layout(graph)
  const label = graph.graph() as { width?: number; height?: number }
  const nodes = steps.map(step => {
    const node = graph.node(step.name) as Point
    return { name: step.name, x: node.x - NODE_WIDTH / 2, y: node.y - NODE_HEIGHT / 2 }
  })
  const placed = new Map(nodes.map(node => [node.name, node]))
  const layout = {
    width: label.width ?? 0,
    height: label.height ?? 0,
    nodes,
    edges: graph.edges().map(edge => ({
      from: edge.v,
      to: edge.w,
      points: [
        port(placed.get(edge.v) as PlacedNode, 'out', direction),
        ...bends((graph.edge(edge) as { points: Point[] }).points),
        port(placed.get(edge.w) as PlacedNode, 'in', direction),
      ],
    })),
  }
  return againstFileOrder(nodes, direction) ? mirrored(layout, direction) : layout
}

/** Longest-path depth of each step; steps in a cycle (refused at load, but drawn all the same) keep the depth reached. */
export function depths(steps: readonly GraphStep[]): Map<string, number> {
  const next = new Map<string, string[]>()
  const open = new Map<string, number>(steps.map(step => [step.name, 0]))
  for (const { from, to } of edgesOf(steps)) {
    next.set(from, [...(next.get(from) ?? []), to])
    open.set(to, (open.get(to) ?? 0) + 1)
  }
  const depth = new Map<string, number>(steps.map(step => [step.name, 0]))
  const ready = steps.filter(step => open.get(step.name) === 0).map(step => step.name)
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    for (const to of next.get(name) ?? []) {
      depth.set(to, Math.max(depth.get(to) ?? 0, (depth.get(name) ?? 0) + 1))
      open.set(to, (open.get(to) ?? 0) - 1)
      if (open.get(to) === 0) ready.push(to)
    }
  }
  return depth
}

/** Rows by depth in file order: linear in the number of steps. */
function layeredLayout(steps: readonly GraphStep[], direction: Direction): GraphLayout {
  const depth = depths(steps)
  const used = new Map<number, number>()
  const along = (direction === 'LR' ? NODE_WIDTH : NODE_HEIGHT) + RANK_GAP
  const across = (direction === 'LR' ? NODE_HEIGHT : NODE_WIDTH) + NODE_GAP
  const placed = new Map<string, PlacedNode>()
  for (const step of steps) {
    const rank = depth.get(step.name) ?? 0
    const slot = used.get(rank) ?? 0
    used.set(rank, slot + 1)
    const [main, cross] = [MARGIN + rank * along, MARGIN + slot * across]
    placed.set(step.name, {
      name: step.name,
      x: direction === 'LR' ? main : cross,
      y: direction === 'LR' ? cross : main,
    })
  }
  const nodes = [...placed.values()]
  return {
    width: nodes.reduce((max, node) => Math.max(max, node.x + NODE_WIDTH), 0) + MARGIN,
    height: nodes.reduce((max, node) => Math.max(max, node.y + NODE_HEIGHT), 0) + MARGIN,
    nodes,
    edges: edgesOf(steps).map(({ from, to }) => ({
      from,
      to,
      points: [
        port(placed.get(from) as PlacedNode, 'out', direction),
        port(placed.get(to) as PlacedNode, 'in', direction),
      ],
    })),
  }
}

/** Places all steps; sizes in px. */
export const layoutGraph = (steps: readonly GraphStep[], direction: Direction): GraphLayout =>
  steps.length > EXACT_LIMIT ? layeredLayout(steps, direction) : exactLayout(steps, direction)

/** A smooth path through an edge's points, leaving and arriving along the direction of the graph. */
export function edgePath(points: readonly Point[], direction: Direction): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${first.x},${first.y}`
  let from = first
  for (const to of rest) {
    const [mx, my] = [(from.x + to.x) / 2, (from.y + to.y) / 2]
    path +=
      direction === 'LR'
        ? `C${mx},${from.y} ${mx},${to.y} ${to.x},${to.y}`
        : `C${from.x},${my} ${to.x},${my} ${to.x},${to.y}`
    from = to
  }
  return path
}
