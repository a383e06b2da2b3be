// Step types that run anywhere (steps/), on this host: its files, its network, and one pool of SMTP connections for all runs.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Mailer } from '@edgedag/steps/smtp/send'
import type { PortableStep } from '@edgedag/steps/step'
import { makeFolder } from '../state/make-folder.ts'
import type { StepExecutor } from './executor.ts'
import { request } from './http-client.ts'

/** A host has memory to spare, and an answer becomes a log. */
const MAX_BODY_BYTES = 64 * 1024 * 1024
const IDLE_MS = 10_000

const mailer = new Mailer({ idleMs: IDLE_MS })

const readFile = async (path: string, maxBytes: number): Promise<Uint8Array> => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new Error(`there is no file ${path}`)
  if (!stat.isFile()) throw new Error(`${path} is no file`)
  if (stat.size > maxBytes) throw new Error(`${path} has ${stat.size} bytes, at most ${maxBytes} can be taken`)
  return readFileSync(path)
}

const writeFile = async (path: string, text: string): Promise<void> => {
  makeFolder(dirname(path))
  const draft = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(draft, text)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** A portable step as an executor of this host. */
export const portableExecutor = (step: PortableStep): StepExecutor => ({
  types: step.types,
  isRepeatable: step.isRepeatable,
  execute: context =>
    step.execute(context.request, {
      write: context.write,
      signal: context.signal(),
      now: () => Date.now(),
      fetch: request,
      sendMail: (server, mail, signal) => mailer.send(server, mail, signal),
      readFile: (path, maxBytes) => readFile(resolve(context.cwd, path), maxBytes),
      writeFile: (path, text) => writeFile(resolve(context.cwd, path), text),
      runLogs: context.runLogs,
      identity: context.identity,
      maxBodyBytes: MAX_BODY_BYTES,
    }),
})
