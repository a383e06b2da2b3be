// What the world outside of a run saw of it: requests to the case's HTTP server, mails in its sink.
import type { Expectation, MailExpectation } from './case-file.ts'
import type { CaseWorld } from './case-world.ts'
import { compareText, isSubset, pairUp, show } from './compare.ts'
import type { ReceivedMail } from './servers/mail-message.ts'

const sameMail = (wanted: MailExpectation, mail: ReceivedMail): boolean => {
  const fits = (expected: string | undefined, have: string) =>
    expected === undefined || compareText('', expected, have) === null
  const to = wanted.to === undefined ? undefined : [wanted.to].flat().sort().join()
  return (
    fits(wanted.from, mail.from) &&
    (to === undefined || to === [...mail.to].sort().join()) &&
    fits(wanted.subject, mail.subject) &&
    fits(wanted.body, mail.body) &&
    (wanted.attachments === undefined || wanted.attachments === mail.attachments.length) &&
    (wanted.attachment_text === undefined || mail.attachments.some(a => fits(wanted.attachment_text, a.text))) &&
    [wanted.no_header ?? []].flat().every(name => !(name.toLowerCase() in mail.headers))
  )
}

function checkMails(wanted: MailExpectation[], mails: ReceivedMail[]): string[] {
  const partners = pairUp(wanted.length, mails.length, (i, j) => sameMail(wanted[i]!, mails[j]!))
  const missing = wanted.filter((_, i) => partners[i]! < 0)
  const left = mails.filter((_, j) => !partners.includes(j))
  return [
    ...missing.map(one => `no mail is like ${show(one)}; there are ${show(mails.map(({ headers, ...m }) => m))}`),
    ...(missing.length === 0 ? left.map(mail => `unexpected mail ${show(mail.subject)} to ${mail.to}`) : []),
  ]
}

/** `http_requests` and `mails` of an expectation: exactly these, in any order. */
export function checkOutside(expect: Expectation, world: CaseWorld): string[] {
  const out: string[] = []
  if (expect.http_requests && !isSubset(expect.http_requests, world.http?.requests ?? []))
    out.push(`http requests: expected ${show(expect.http_requests)}, got ${show(world.http?.requests)}`)
  if (expect.mails) out.push(...checkMails(expect.mails, world.smtp?.mails ?? []))
  return out
}
