// A mail as it goes over the line.
import MailComposer from 'nodemailer/lib/mail-composer'
import type { OutgoingMail } from '../step.ts'

export interface ComposedMail {
  envelope: { from: string; to: string[] }
  message: Uint8Array
}

/** Builds the message. @throws Error where an address or a header cannot be one */
export async function composeMail(mail: OutgoingMail): Promise<ComposedMail> {
  const node = new MailComposer({
    from: mail.from,
    to: mail.to,
    subject: mail.subject,
    html: mail.html,
    date: new Date(mail.at),
    messageId: `<${mail.id.replace(/[^A-Za-z0-9._-]/g, '-')}@edgedag>`,
    // Answers of machines (out of office) are not wanted.
    headers: { 'Auto-Submitted': 'auto-generated' },
    ...(mail.attachments === undefined
      ? {}
      : { attachments: mail.attachments.map(({ name, content }) => ({ filename: name, content })) }),
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  const { from, to } = node.getEnvelope()
  const message = await new Promise<Uint8Array>((resolve, reject) =>
    node.build((error, built) => (error ? reject(error) : resolve(built))),
  )
  return { envelope: { from: from || '', to }, message }
}
