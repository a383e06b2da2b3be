import { describe, expect, it } from 'vitest'
import { deliveryId, forwardedHeaders, readContent } from './request.ts'

describe('the body of a delivery', () => {
  it.each([
    ['the payload object, without what is beside it', '{"payload":{"a": 1},"x":2}', { payload: '{"a":1}' }],
    ['a run id and a payload', '{"dagRunId":"r1","payload":{}}', { payload: '{}', runId: 'r1' }],
    [
      'all of it, unchanged, where there is no payload',
      '{"kind":"ping",  "who":"a/b"}',
      { payload: '{"kind":"ping",  "who":"a/b"}' },
    ],
    ['a list', '[1, 2]', { payload: '[1, 2]' }],
    ['nothing', '', { payload: '{}' }],
  ])('is %s', (_, body, wanted) => {
    const content = readContent(body, 'application/json')
    expect(content.ok && content.value).toMatchObject(wanted)
  })

  it('may be a form with the JSON in its field payload', () => {
    const body = new URLSearchParams({ payload: '{"ref":"refs/heads/main"}' }).toString()
    const content = readContent(body, 'application/x-www-form-urlencoded; charset=utf-8')
    expect(content).toMatchObject({ ok: true, value: { payload: '{"ref":"refs/heads/main"}' } })
    expect(readContent('a=b', 'application/x-www-form-urlencoded')).toMatchObject({ ok: false })
  })

  it.each(['{"ref": "main"}', ' {"ref": "main"}'])(
    "may be what `curl -d '%s'` sends: JSON under the type of a form",
    body => {
      expect(readContent(body, 'application/x-www-form-urlencoded')).toMatchObject({
        ok: true,
        value: { payload: body, json: { ref: 'main' } },
      })
    },
  )

  it.each([
    ['broken JSON', '{"a":', 'not valid JSON'],
    ['a payload that is no object', '{"payload":"text"}', 'payload must be a JSON object'],
    ['a payload that is a list', '{"payload":[]}', 'payload must be a JSON object'],
    ['a run id that is no text', '{"dagRunId":1}', 'dagRunId must be a text'],
  ])('is refused: %s', (_, body, message) => {
    const content = readContent(body, 'application/json')
    expect(!content.ok && content.error).toContain(message)
  })
})

describe('forwarded headers', () => {
  const headers = { 'x-event': 'push', 'x-gitlab-token': 'secret', cookie: 'a=b', accept: '*/*' }

  it('are those that the DAG lists, lower-case, with lists of values', () => {
    expect(forwardedHeaders(['X-Event', 'X-Absent'], headers)).toBe('{"x-event":["push"]}')
    expect(forwardedHeaders([], headers)).toBe('{}')
  })

  it('never hold a secret, whatever is listed', () => {
    expect(forwardedHeaders(['Authorization', 'Cookie', 'X-Gitlab-Token', '__proto__'], headers)).toBe('{}')
  })
})

describe('the id of a delivery', () => {
  it.each([
    ["GitHub's", { 'x-github-delivery': 'd-1' }, {}, 'x-github-delivery:d-1'],
    ["GitLab's", { 'x-gitlab-event-uuid': 'u-1' }, {}, 'x-gitlab-event-uuid:u-1'],
    ["Stripe's, in the body", { 'stripe-signature': 't=1' }, { id: 'evt_1' }, 'stripe:evt_1'],
    [
      'an idempotency key before any other',
      { 'idempotency-key': 'k', 'x-github-delivery': 'd' },
      {},
      'idempotency-key:k',
    ],
    ['none, where an id in the body means something else', {}, { id: '7' }, null],
  ])('is %s', (_, headers, json, wanted) => {
    expect(deliveryId(headers as Record<string, string>, json)).toBe(wanted)
  })
})
