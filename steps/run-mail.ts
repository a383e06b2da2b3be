// The mail of a run about itself: subject and table of steps. Everything in it is a value, and is escaped.
import type { RunMail } from '@edgedag/core/protocol/plans'
import { deliver, MAX_LOG_BYTES } from './mail.ts'
import { failed, type PortableStep } from './step.ts'

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`).replace(/\r\n|\r|\n/g, '<br />')

const clock = (at: number | undefined): string =>
  at === undefined ? '' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

const row = (cells: string[], tag: 'td' | 'th' = 'td'): string =>
  `<tr>${cells.map(cell => `<${tag} align="left">${escapeHtml(cell)}</${tag}>`).join('')}</tr>`

/** The body of the mail. */
export function mailBody(mail: RunMail): string {
  const facts: [string, string | undefined][] = [
    ['Workflow', mail.dag],
    ['Run', mail.attempt > 1 ? `${mail.runId} (attempt ${mail.attempt})` : mail.runId],
    ['Status', mail.status],
    ['Parameters', mail.params || undefined],
    ['Started', clock(mail.startedAt) || undefined],
    ['Error', mail.error],
  ]
  const head = facts.flatMap(([name, value]) => (value === undefined ? [] : [row([name, value])])).join('\n')
  const steps = mail.steps.map(({ name, status, startedAt, finishedAt, error }) =>
    row([name, status, clock(startedAt), clock(finishedAt), error ?? '']),
  )
  const titles = row(['Step', 'Status', 'Started', 'Finished', 'Error'], 'th')
  const more = mail.more > 0 ? `<p>${mail.more} more steps are not listed.</p>` : ''
  return `<table>\n${head}\n</table>\n<table border="1" cellpadding="4">\n${titles}\n${steps.join('\n')}\n</table>\n${more}`
}

/** `<prefix> <dag> (<status>)` */
export const mailSubject = (prefix: string, { dag, about }: RunMail): string => `${prefix} ${dag} (${about})`.trim()

export const runMailStep: PortableStep = {
  types: ['run_mail'],
  isRepeatable: () => false,
  async execute({ config }, ports) {
    const report = config.report as RunMail | undefined
    if (report === undefined) return failed('this runner is older than the control plane and cannot send mails of runs')
    const attachments = config.attach_logs === true ? (ports.runLogs?.(report.steps, MAX_LOG_BYTES) ?? []) : []
    const subject = mailSubject(typeof config.prefix === 'string' ? config.prefix : '', report)
    const { from, to, smtp } = config
    return await deliver({ from, to, smtp, subject, html: mailBody(report), attachments }, ports)
  },
}
