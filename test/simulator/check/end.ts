// What must hold when everything has come to rest.
import type { Stage, Violation } from '../world.ts'

export function checkEnd(stage: Stage, _isOver: boolean): Violation[] {
  if (process.env.DBG) for (const o of stage.plane.objects.values()) if (o.kind === 'run') for (const row of o.sql.read('SELECT seq, data FROM journal WHERE run_id = ? ORDER BY seq DESC LIMIT 4', process.env.DBG)) console.log(o.label, row.seq, row.data)
  return []
}
