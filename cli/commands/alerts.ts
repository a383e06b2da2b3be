// `alerts`: what is wrong now, and where news of it are posted.
import type { Alert, Answers, AlertSettings as Settings } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { connect } from '../connect.ts'
import { EXIT, usage } from '../errors.ts'
import type { Style } from '../render/style.ts'
import { type Command, type Invocation, text } from './command.ts'

function alertLines(alert: Alert, style: Style): string[] {
  const colour = alert.resolvedAt !== undefined ? 'dim' : alert.severity === 'warning' ? 'red' : 'yellow'
  const state = alert.resolvedAt === undefined ? '' : style.paint('dim', `  over since ${alert.resolvedAt}`)
  const seen = alert.dismissedBy === undefined ? '' : style.paint('dim', `  seen by ${alert.dismissedBy}`)
  return [
    `${style.paint(colour, '●')} ${alert.title}${state}${seen}`,
    style.paint('dim', `    ${alert.detail} · ${alert.openedAt} · ${alert.id}`),
  ]
}

function settingsLine({ webhook, lastDelivery }: Settings): string {
  if (webhook === null) return 'alerts are posted nowhere; set an address with --webhook URL'
  const last = lastDelivery === null ? 'nothing sent yet' : `last: ${lastDelivery.detail} at ${lastDelivery.at}`
  return `alerts are posted to ${webhook.target} (${last})`
}

async function alerts(invocation: Invocation): Promise<number> {
  const { values, style } = invocation
  if (invocation.positionals.length > 0) throw usage(`unexpected argument ${invocation.positionals[0]}`)
  const url = text(values.webhook)
  const dismissed = text(values.dismiss)
  const changes = url !== undefined || dismissed !== undefined || values.test === true
  const embed = changes ? 'no' : 'read'
  const connection = await connect({ embed, ...(invocation.stateDir ? { stateDir: invocation.stateDir } : {}) })
  const { client } = connection
  const print = (answer: unknown, lines: string[]) =>
    process.stdout.write(invocation.json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`)
  try {
    if (url !== undefined) {
      const settings = await client.put<Settings>('/settings/alerts', {
        webhookUrl: url === 'off' ? '' : url,
      } satisfies Bodies['PUT /settings/alerts'])
      print(settings, [settingsLine(settings)])
    } else if (values.test === true) {
      await client.post('/settings/alerts/test', {})
      print({ sent: true }, ['the test message was taken'])
    } else if (dismissed !== undefined) {
      await client.post(`/alerts/${encodeURIComponent(dismissed)}/dismiss`, {})
      print({ id: dismissed }, [`dismissed ${dismissed}`])
    } else {
      const state = values.all === true ? 'all' : 'active'
      const found = await client.get<Answers['GET /alerts']>(`/alerts?state=${state}`)
      const lines = found.alerts.flatMap(alert => alertLines(alert, style))
      print(found, lines.length === 0 ? [`${style.paint('green', '✓')} nothing is wrong`] : lines)
    }
    return EXIT.ok
  } finally {
    await connection.close()
  }
}

export const alertsCommand: Command = {
  name: 'alerts',
  synopsis: 'alerts [--all] [--dismiss ID] [--webhook URL|off] [--test]',
  summary: 'show what is wrong: starts that did not happen, runs later or longer than usual, runners gone',
  options: {
    all: { type: 'boolean', help: 'also what is over' },
    dismiss: { type: 'string', value: 'ID', help: 'say that it was seen' },
    webhook: { type: 'string', value: 'URL', help: 'post alerts to this address as JSON; off: nowhere' },
    test: { type: 'boolean', help: 'post a test message' },
  },
  examples: [
    ['edgedag alerts', 'what is wrong now'],
    ['edgedag alerts --webhook https://chat.example.com/hook', 'post news of it'],
    ['edgedag alerts --test', 'try the address'],
  ],
  run: alerts,
}
