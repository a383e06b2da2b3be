// "Did you mean": the word of a list that was probably meant.

/** Edits (a letter more, less, another, or two swapped) between two short words. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)])
  for (let j = 1; j <= b.length; j++) rows[0]![j] = j
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1)
      rows[i]![j] = least
    }
  return rows[a.length]![b.length]!
}

/** The word that one begins with the other, or that is at most two typing errors away; none for words that are all wrong. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const begins = words.find(known => known.startsWith(word) || word.startsWith(known))
  if (begins !== undefined) return begins
  const most = word.length < 4 ? 1 : 2
  const [best] = words.map(known => [distance(word, known), known] as const).sort(([a], [b]) => a - b)
  return best !== undefined && best[0] <= most ? best[1] : undefined
}
