// Light, dark or the system's choice; remembered on this browser.

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'edgedag.theme'
const ORDER: readonly Theme[] = ['system', 'light', 'dark']

export function readTheme(): Theme {
  const stored = localStorage.getItem(KEY)
  return ORDER.find(theme => theme === stored) ?? 'system'
}

/** Applies a theme to the document and remembers it. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export const nextTheme = (theme: Theme): Theme => ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? 'system'
