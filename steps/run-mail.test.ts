import { expect, it } from 'vitest'
import { mailBody, mailSubject } from './run-mail.ts'

const MAIL = {
  dag: 'a <b>',
  runId: 'r1',
  attempt: 2,
  status: 'failed',
  about: 'failed',
  params: '',
  steps: [{ name: 'x"y', status: 'failed', attempt: 1, finishedAt: 0, error: 'one\n<script>' }],
  more: 3,
}

it('a mail of a run shows values as they are, never as HTML', () => {
  const body = mailBody(MAIL)
  expect(body).toContain('a &#60;b&#62;')
  expect(body).toContain('one<br />&#60;script&#62;')
  expect(body).not.toContain('<script>')
  expect(body).toContain('r1 (attempt 2)')
  expect(body).toContain('1970-01-01 00:00:00 UTC')
  expect(body).toContain('3 more steps')
})

it('its subject is prefix, DAG and what it is about', () => {
  expect(mailSubject('[P]', MAIL)).toBe('[P] a <b> (failed)')
  expect(mailSubject('', MAIL)).toBe('a <b> (failed)')
})
