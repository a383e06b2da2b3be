// An agent to be killed: starts the step that its argument describes, says who it is, and waits.

import { ProcessHost } from './process-host.ts'
import type { StepRequest } from './types.ts'

const request = JSON.parse(process.argv[2] ?? '') as StepRequest
const host = new ProcessHost()
const handle = host.startStep(request)
const identity = await handle.started
console.log(JSON.stringify({ identity, spawnerPid: host.spawnerPid }))
await handle.exited
await host.close()
