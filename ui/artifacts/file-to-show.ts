// Which file is shown when nobody has chosen one: a report before an image, a text before what has no preview.

interface Item {
  path: string
  type: 'file' | 'directory'
  children?: readonly Item[]
}

const ORDER: readonly RegExp[] = [
  /\.(md|markdown)$/i,
  /\.html?$/i,
  /\.(png|jpe?g|gif|svg|webp)$/i,
  /\.(txt|log|json|csv|ya?ml)$/i,
]

const filesOf = (items: readonly Item[]): string[] =>
  items.flatMap(item => (item.type === 'file' ? [item.path] : filesOf(item.children ?? [])))

/** Path of the file; undefined: there is none. */
export function fileToShow(items: readonly Item[]): string | undefined {
  const files = filesOf(items)
  for (const kind of ORDER) {
    const found = files.find(path => kind.test(path))
    if (found !== undefined) return found
  }
  return files[0]
}
