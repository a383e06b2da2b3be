// The mail account through which alerts are sent. Its password is write-only.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import {
  type AlertSettings,
  alertKeys,
  fetchAlertSettings,
  type MailAccount,
  saveAlertMail,
  testAlertMail,
} from '../api/alerts.ts'
import { Field } from '../components/field.tsx'
import { toast, toastError } from '../components/toasts.tsx'
import { Button, Time } from '../components/ui.tsx'

const NEW = { host: '', port: '465', tls: 'tls' as MailAccount['tls'], username: '', from: '', to: '', password: '' }

const fieldsOf = (mail: MailAccount | null): typeof NEW =>
  mail === null ? NEW : { ...mail, port: String(mail.port), to: mail.to.join(', '), password: '' }

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')

function MailForm({ mail, onDone }: { mail: AlertSettings['mail']; onDone: (settings: AlertSettings | null) => void }) {
  const [fields, setFields] = useState(() => fieldsOf(mail))
  const set = (key: keyof typeof NEW) => (value: string) => setFields(before => ({ ...before, [key]: value }))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const { password, port, to, ...rest } = fields
    const account = { ...rest, port: Number(port), to: listOf(to) }
    saveAlertMail(password === '' ? account : { ...account, password }).then(onDone, cause =>
      toastError('The mail account was not saved', cause),
    )
  }
  const isComplete = fields.host !== '' && fields.from !== '' && listOf(fields.to).length > 0
  return (
    <form className="stack" onSubmit={submit}>
      <Field label="Server" value={fields.host} onChange={set('host')} placeholder="smtp.example.com" />
      <Field label="Port" value={fields.port} onChange={set('port')} />
      <label className="check">
        <input
          type="checkbox"
          checked={fields.tls === 'tls'}
          onChange={event => set('tls')(event.target.checked ? 'tls' : 'starttls')}
        />{' '}
        TLS from the first byte (usual on port 465)
      </label>
      <Field
        label="User name"
        value={fields.username}
        onChange={set('username')}
        hint="Empty: the server asks for none."
      />
      <Field
        label="Password"
        type="password"
        value={fields.password}
        onChange={set('password')}
        hint={mail?.hasPassword ? 'Empty: it stays as it is.' : 'Kept in the vault, and shown to nobody.'}
      />
      <Field label="From" value={fields.from} onChange={set('from')} placeholder="edgedag@example.com" />
      <Field label="To" value={fields.to} onChange={set('to')} placeholder="oncall@example.com, team@example.com" />
      <div>
        <Button type="submit" disabled={!isComplete}>
          Save
        </Button>{' '}
        <Button tone="ghost" onClick={() => onDone(null)}>
          Cancel
        </Button>
      </div>
    </form>
  )
}

function Account({ mail }: { mail: NonNullable<AlertSettings['mail']> }) {
  return (
    <>
      Alerts are mailed to {mail.to.join(', ')} by {mail.host}:{mail.port}.{' '}
      {mail.lastDelivery && (
        <>
          {mail.lastDelivery.ok ? 'Last: ' : 'The last one failed: '}
          {mail.lastDelivery.detail}, <Time value={mail.lastDelivery.at} />.{' '}
        </>
      )}
      {mail.waiting > 0 && `${mail.waiting} wait to be sent again.`}
    </>
  )
}

export function AlertMail() {
  const client = useQueryClient()
  const [isOpen, setOpen] = useState(false)
  const { data } = useQuery({
    queryKey: alertKeys.settings,
    queryFn: ({ signal }) => fetchAlertSettings(signal),
  })
  if (!data) return null
  const take = (settings: AlertSettings | null): void => {
    setOpen(false)
    if (settings === null) return
    client.setQueryData(alertKeys.settings, settings)
    toast('ok', settings.mail === null ? 'Alerts are mailed to nobody' : 'Alerts are mailed there')
  }
  const test = (): void => {
    testAlertMail()
      .then(
        () => toast('ok', 'The test mail was sent'),
        cause => toastError('The test mail was not sent', cause),
      )
      .finally(() => void client.invalidateQueries({ queryKey: alertKeys.settings }))
  }
  const remove = (): void => void saveAlertMail(null).then(take, cause => toastError('It was not removed', cause))
  return (
    <section className="card alert-webhook" aria-labelledby="alert-mail">
      <h2 id="alert-mail">Mail</h2>
      <p className="muted">{data.mail === null ? 'Alerts are mailed to nobody.' : <Account mail={data.mail} />}</p>
      {isOpen ? (
        <MailForm mail={data.mail} onDone={take} />
      ) : (
        <div className="filters">
          <Button onClick={() => setOpen(true)}>{data.mail === null ? 'Set up mail' : 'Change'}</Button>
          {data.mail !== null && (
            <>
              <Button onClick={test}>Send a test</Button>
              <Button tone="ghost" onClick={remove}>
                Remove
              </Button>
            </>
          )}
        </div>
      )}
    </section>
  )
}
