// A small line diff for the conflict dialog: common head and tail are cut, the middle is compared by longest common subsequence.

export interface DiffLine {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** Above this many cells the middle is shown as removed and added whole. */
const MAX_CELLS = 4_000_000

/** How `after` differs from `before`, line by line. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split('\n')
  const b = after.split('\n')
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const same = (text: string): DiffLine => ({ kind: 'same', text })
  return [
    ...a.slice(0, head).map(same),
    ...diffMiddle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ]
}

function diffMiddle(a: string[], b: string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: 'removed', text })
  const added = (text: string): DiffLine => ({ kind: 'added', text })
  if (a.length * b.length > MAX_CELLS) return [...a.map(removed), ...b.map(added)]
  const width = b.length + 1
  const best = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => best[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const out: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: 'same', text: a[i++] ?? '' })
      j++
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) out.push(removed(a[i++] ?? ''))
    else out.push(added(b[j++] ?? ''))
  }
  return out
}

/** Cuts long unchanged stretches down to `context` lines beside a change; undefined marks a cut. */
export function withContext(lines: readonly DiffLine[], context: number): (DiffLine | undefined)[] {
  const keep = new Set<number>()
  lines.forEach((line, index) => {
    if (line.kind !== 'same') for (let i = index - context; i <= index + context; i++) keep.add(i)
  })
  const out: (DiffLine | undefined)[] = []
  lines.forEach((line, index) => {
    if (keep.has(index)) out.push(line)
    else if (keep.has(index - 1) || index === 0) out.push(undefined)
  })
  return out
}
