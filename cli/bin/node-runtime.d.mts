export const LEAN: readonly string[]
export function leanEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string>
export function runOnNode(o: { root: string; script: string; args: string[]; lean?: boolean }): void
