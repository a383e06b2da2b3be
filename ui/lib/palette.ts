// What the command palette offers for what is typed: pages, DAGs and their parts, and a search for the text itself. Pure.

export interface Choice {
  /** Unique among the choices. */
  href: string
  title: string
  /** What kind of place it is. */
  hint: string
}

/** How well a title fits: 0 begins with it, 1 a word of it does, 2 has it, 3 has its letters in order; undefined: not at all. */
export function fit(title: string, typed: string): number | undefined {
  const text = title.toLowerCase()
  const wanted = typed.trim().toLowerCase()
  if (text.startsWith(wanted)) return 0
  const at = text.indexOf(wanted)
  if (at > 0) return /[^a-z0-9]/.test(text[at - 1] ?? '') ? 1 : 2
  let from = 0
  for (const letter of wanted.replaceAll(' ', '')) {
    from = text.indexOf(letter, from) + 1
    if (from === 0) return undefined
  }
  return 3
}

/** The best `count`, the best first; those that fit alike stay in their order. */
export function choose(choices: readonly Choice[], typed: string, count: number): Choice[] {
  return choices
    .flatMap(choice => {
      const rank = fit(choice.title, typed)
      return rank === undefined ? [] : [{ choice, rank }]
    })
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ choice }) => choice)
}
