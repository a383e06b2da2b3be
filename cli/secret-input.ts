// A secret value for a command. Promise: it comes from stdin, never from the command line, and is not shown while it is typed.
import { usage } from './errors.ts'

const MAX_BYTES = 256 * 1024

/**
 * All of stdin, without the line break at its end (unless `exact`); typed blind where stdin is a terminal. Throws a usage error for
 * nothing, and for more than a value may have.
 */
export async function readSecretValue(exact: boolean, prompt: string): Promise<string> {
  const typed = process.stdin.isTTY ? await typeBlind(prompt) : await readAll()
  const value = exact ? typed : typed.replace(/\r?\n$/, '')
  if (value === '')
    throw usage('there is no value on stdin', 'for example: printf %s "$VALUE" | edgedag secret set REF')
  return value
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    if (bytes > MAX_BYTES) throw usage(`the value on stdin is longer than ${MAX_BYTES} bytes`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function typeBlind(prompt: string): Promise<string> {
  process.stderr.write(`${prompt}: `)
  process.stdin.setRawMode(true).setEncoding('utf8').resume()
  return new Promise((resolve, reject) => {
    let text = ''
    const end = (done: () => void) => {
      process.stdin.off('data', onData).setRawMode(false).pause()
      process.stderr.write('\n')
      done()
    }
    const onData = (chunk: string) => {
      for (const char of chunk) {
        if (char === '\r' || char === '\n' || char === '\u0004') return end(() => resolve(text))
        if (char === '\u0003') return end(() => reject(usage('nothing was changed')))
        text = char === '\u007f' || char === '\b' ? text.slice(0, -1) : text + char
      }
    }
    process.stdin.on('data', onData)
  })
}
