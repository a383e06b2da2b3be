// What must hold when everything has come to rest.
import type { Stage, Violation } from '../world.ts'

export function checkEnd(_stage: Stage, _isOver: boolean): Violation[] {
  return []
}
