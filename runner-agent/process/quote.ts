// How any text becomes one word of a POSIX shell.

/** In single quotes, so that nothing of it is ever read as code. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
