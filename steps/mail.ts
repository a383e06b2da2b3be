// The mail step (mail.send): one message through the DAG's SMTP server. What the Run adds to mails about itself is in steps/run-mail.ts.
import { type Attachment, failed, type PortableStep, type SmtpServer, type StepEnd, type StepPorts } from './step.ts'

/** All attachments of one mail together. */
export const MAX_ATTACHED_BYTES = 20 * 1024 * 1024

/** All attached logs together. */
export const MAX_LOG_BYTES = 8 * 1024 * 1024

/** A failure that may be gone soon, and of which it is known that nothing was sent (sysexits: EX_TEMPFAIL). */
export const TEMPORARY_FAILURE = 75

const text = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Addresses as a list, of a list or a text with commas. */
const addresses = (value: unknown): string[] =>
  (Array.isArray(value) ? value.map(text) : text(value).split(','))
    .map(address => address.trim())
    .filter(address => address !== '')

type Json = Record<string, unknown>
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The server of the DAG (`smtp`), or a sentence. Port 587 where none is given. */
export function smtpServer(value: unknown): SmtpServer | string {
  const smtp = isJson(value) ? value : {}
  const host = text(smtp.host).trim()
  if (host === '') return 'smtp.host is missing: say in the DAG or in the base configuration which server sends mail'
  const port = text(smtp.port).trim() === '' ? 587 : Number(text(smtp.port))
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `smtp.port "${text(smtp.port)}" is no port`
  const [username, password] = [text(smtp.username), text(smtp.password)]
  return { host, port, ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) }
}

/** Line ends as HTML breaks, as the format has it: the message of a mail is HTML. */
export const withBreaks = (message: string): string => message.replace(/\r\n|\r|\n/g, '<br />')

async function readAttachments(paths: string[], ports: StepPorts): Promise<Attachment[] | string> {
  if (paths.length > 0 && ports.readFile === undefined) return 'attachments are files on a host: give the DAG a runner'
  const attachments: Attachment[] = []
  let left = MAX_ATTACHED_BYTES
  for (const path of paths) {
    try {
      const content = await ports.readFile!(path, left)
      left -= content.length
      attachments.push({ name: path.split('/').at(-1) || path, content })
    } catch (error) {
      return `attachment ${path}: ${(error as Error).message}`
    }
  }
  return attachments
}

export interface MailFields {
  from: unknown
  to: unknown
  subject: string
  html: string
  smtp: unknown
  attachments: Attachment[]
}

/** Sends a mail and says in the step's log how it went. */
export async function deliver(fields: MailFields, ports: StepPorts): Promise<StepEnd> {
  const server = smtpServer(fields.smtp)
  if (typeof server === 'string') return failed(server)
  const from = text(fields.from).trim() || (server.username ?? '')
  const to = addresses(fields.to)
  if (from === '') return failed('mail: from is missing')
  if (to.length === 0) return failed('mail: to is missing')
  ports.write('stdout', `from: ${from}\nto: ${to.join(', ')}\nsubject: ${fields.subject}\n`)
  const { subject, html, attachments } = fields
  const mail = { from, to, subject, html, attachments, id: ports.identity, at: ports.now() }
  const outcome = await ports.sendMail(server, mail, ports.signal)
  if (outcome.ok) {
    ports.write('stdout', `sent: ${outcome.response}\n`)
    return { exitCode: 0 }
  }
  ports.write('stderr', `${outcome.message}\n`)
  return failed(outcome.message, outcome.isSent === 'no' && outcome.isTemporary ? TEMPORARY_FAILURE : 1)
}

export const mailStep: PortableStep = {
  types: ['mail'],
  isRepeatable: () => false,
  async execute({ config }, ports) {
    const paths = Array.isArray(config.attachments) ? config.attachments : [config.attachments]
    const attachments = await readAttachments(
      paths.map(text).filter(path => path !== ''),
      ports,
    )
    if (typeof attachments === 'string') return failed(attachments)
    const { from, to, smtp } = config
    const html = withBreaks(text(config.message ?? config.body))
    const logs = config.attach_logs === true ? (ports.runLogs?.('all', MAX_LOG_BYTES) ?? []) : []
    const fields = { from, to, smtp, attachments: [...attachments, ...logs], subject: text(config.subject), html }
    return await deliver(fields, ports)
  },
}
