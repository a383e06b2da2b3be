// The registry of commands, in the order of the help.
import type { Command } from './command.ts'

/** Loaded when used: `validate` and `--help` must not wait for the server's code. */
export const COMMANDS: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./start.ts')).startCommand,
  enqueue: async () => (await import('./start.ts')).enqueueCommand,
  stop: async () => (await import('./runs.ts')).stopCommand,
  retry: async () => (await import('./runs.ts')).retryCommand,
  approve: async () => (await import('./approvals.ts')).approveCommand,
  'push-back': async () => (await import('./approvals.ts')).pushBackCommand,
  reject: async () => (await import('./approvals.ts')).rejectCommand,
  status: async () => (await import('./runs.ts')).statusCommand,
  logs: async () => (await import('./logs.ts')).logsCommand,
  history: async () => (await import('./history.ts')).historyCommand,
  search: async () => (await import('./search.ts')).searchCommand,
  cleanup: async () => (await import('./history.ts')).cleanupCommand,
  queue: async () => (await import('./queue.ts')).queueCommand,
  dequeue: async () => (await import('./queue.ts')).dequeueCommand,
  next: async () => (await import('./schedule.ts')).nextCommand,
  backfill: async () => (await import('./backfill.ts')).backfillCommand,
  alerts: async () => (await import('./alerts.ts')).alertsCommand,
  timezone: async () => (await import('./schedule.ts')).timezoneCommand,
  validate: async () => (await import('./files.ts')).validateCommand,
  dry: async () => (await import('./files.ts')).dryCommand,
  push: async () => (await import('./files.ts')).pushCommand,
  workers: async () => (await import('./workers.ts')).workersCommand,
  profile: async () => (await import('./profile.ts')).profileCommand,
  secret: async () => (await import('./secret.ts')).secretCommand,
  server: async () => (await import('./serve.ts')).serverCommand,
  agent: async () => (await import('./serve.ts')).agentCommand,
}
