// Paths as text, POSIX style, with drive letters let through: core has no `node:path`.

/** Last component of a path. */
export const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path

export const isAbsolute = (path: string): boolean => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)

/** Joins and normalises; an absolute `path` stands alone, `~` is the home directory. */
export const resolvePath = (base: string, path: string, home?: string): string => {
  if (home !== undefined && (path === '~' || path.startsWith('~/'))) return normalise(home + path.slice(1))
  return isAbsolute(path) ? normalise(path) : normalise(`${base}/${path}`)
}

/** Drops `.`, doubled slashes and `x/..`. */
export const normalise = (path: string): string => {
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (part !== '..' || !path.startsWith('/')) kept.push(part)
  }
  const joined = kept.join('/')
  return path.startsWith('/') ? `/${joined}` : joined === '' ? '.' : joined
}

/** True for paths that need a directory to start from. */
export const isRelative = (path: string): boolean => !isAbsolute(path) && path !== '~' && !path.startsWith('~/')
