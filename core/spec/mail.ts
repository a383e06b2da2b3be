// mail_on, error_mail, info_mail, wait_mail and smtp.

import type { Mail, MailSettings } from './dag.ts'
import { MAIL_KEYS, MAIL_ON_KEYS, SMTP_KEYS } from './fields.ts'
import { type Layers, readBlock, readFields } from './keys.ts'
import { isNull } from './node.ts'
import type { Report } from './report.ts'
import { readBoolean, readText, readTexts } from './values.ts'

/** All mail settings; undefined when no layer has any. */
export function readMail(report: Report, layers: Layers): MailSettings | undefined {
  const on = readBlock(report, layers.get('mail_on'), MAIL_ON_KEYS, 'mail_on')
  const flag = (key: string) => readBoolean(report, on?.map.get(key)) ?? false
  const settings: MailSettings = { on: { success: flag('success'), failure: flag('failure'), wait: flag('wait') } }
  const mails = {
    error: readMailBlock(report, layers, 'error_mail'),
    info: readMailBlock(report, layers, 'info_mail'),
    wait: readMailBlock(report, layers, 'wait_mail'),
  }
  for (const key of ['error', 'info', 'wait'] as const) {
    const mail = mails[key]
    if (mail) settings[key] = mail
  }
  const smtp = readSmtp(report, layers)
  if (smtp) settings.smtp = smtp
  return on || smtp || mails.error || mails.info || mails.wait ? settings : undefined
}

function readMailBlock(report: Report, layers: Layers, key: string): Mail | undefined {
  const blocks = layers.all(key).map(field => readFields(report, field, MAIL_KEYS, key))
  if (blocks.length === 0) return undefined
  const strongest = (name: string) =>
    blocks.flatMap(block => block.map.get(name) ?? []).findLast(field => !isNull(field.node))
  return {
    from: readText(report, strongest('from')) ?? '',
    to: readTexts(report, strongest('to')),
    prefix: readText(report, strongest('prefix')) ?? '',
    attachLogs: readBoolean(report, strongest('attach_logs')) ?? false,
  }
}

function readSmtp(report: Report, layers: Layers): MailSettings['smtp'] {
  const blocks = layers.all('smtp').map(field => readFields(report, field, SMTP_KEYS, 'smtp'))
  if (blocks.length === 0) return undefined
  const text = (name: string) =>
    readText(
      report,
      blocks.flatMap(block => block.map.get(name) ?? []).findLast(field => !isNull(field.node)),
    )
  const [username, password] = [text('username'), text('password')]
  return {
    host: text('host') ?? '',
    port: text('port') ?? '',
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
}
