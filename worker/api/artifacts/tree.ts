// A list of files as the tree that the API shows. Pure.
import type { ArtifactFile } from '@edgedag/core/artifacts/manifest'
import { timeText } from '../time.ts'

export interface TreeItem {
  name: string
  path: string
  type: 'file' | 'directory'
  size?: number
  sha256?: string
  modifiedAt?: string
  children?: TreeItem[]
}

const fileItem = (name: string, { path, size, sha256, modifiedAt }: ArtifactFile): TreeItem => ({
  name,
  path,
  type: 'file',
  size,
  sha256,
  modifiedAt: timeText(modifiedAt),
})

/** What is below a folder (`''`: all), folders first; null: there is no such folder. Without `recursive` only what is right in it. */
export function treeOf(files: readonly ArtifactFile[], folder: string, recursive: boolean): TreeItem[] | null {
  const prefix = folder === '' ? '' : `${folder}/`
  const below = files.filter(file => file.path.startsWith(prefix))
  if (below.length === 0 && folder !== '') return null
  return level(below, prefix, recursive)
}

function level(files: readonly ArtifactFile[], prefix: string, recursive: boolean): TreeItem[] {
  const folders = new Map<string, ArtifactFile[]>()
  const items: TreeItem[] = []
  for (const file of files) {
    const [name = '', ...rest] = file.path.slice(prefix.length).split('/')
    if (rest.length === 0) items.push(fileItem(name, file))
    else folders.set(name, [...(folders.get(name) ?? []), file])
  }
  const shown = [...folders].map(([name, inside]): TreeItem => {
    const path = prefix + name
    const children = recursive ? { children: level(inside, `${path}/`, recursive) } : {}
    return { name, path, type: 'directory', ...children }
  })
  const byName = (a: TreeItem, b: TreeItem) => (a.name < b.name ? -1 : 1)
  return [...shown.sort(byName), ...items.sort(byName)]
}
