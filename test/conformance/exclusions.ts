// The gaps that are known: cases of the project's own folder that fail today, each with its reason. The list is kept honest
// both ways: a listed case that passes fails the command, and so does an unlisted one that fails.
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** Reads `reason: [case, ...]` lists; answers the reason by case. */
export function readExclusions(file: string): Map<string, string> {
  const reasons = new Map<string, string>()
  if (!existsSync(file)) return reasons
  for (const [reason, cases] of Object.entries(
    (parse(readFileSync(file, 'utf8')) ?? {}) as Record<string, string[] | null>,
  )) {
    for (const name of cases ?? []) reasons.set(name, reason)
  }
  return reasons
}
