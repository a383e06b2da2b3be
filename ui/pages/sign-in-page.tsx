// Shown in place of any page while there is no session; the address stays, so signing in leads to where one wanted to go.
import { useState } from 'react'
import { signIn } from '../api/auth.ts'
import { ApiError } from '../api/client.ts'
import { Button, Notice } from '../components/ui.tsx'
import { useTitle } from '../lib/use-title.ts'

export function SignInPage({ problem, onSignedIn }: { problem?: string | undefined; onSignedIn: () => void }) {
  useTitle('Sign in')
  const [token, setToken] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState(problem)
  const submit = async (): Promise<void> => {
    setBusy(true)
    try {
      await signIn(token.trim())
      onSignedIn()
    } catch (cause) {
      const refused = cause instanceof ApiError && cause.status === 401
      setError(refused ? 'This token is not known here. Check that all of it was copied.' : (cause as Error).message)
      setBusy(false)
    }
  }
  return (
    <main className="sign-in">
      <form
        className="card sign-in-card"
        onSubmit={event => {
          event.preventDefault()
          void submit()
        }}
      >
        <img src="/favicon.svg" alt="" width="40" height="40" />
        <h1>Sign in to Edgedag</h1>
        {error && <Notice tone="bad">{error}</Notice>}
        <div className="field">
          <label htmlFor="token">Token</label>
          <input
            id="token"
            type="password"
            autoComplete="current-password"
            // biome-ignore lint/a11y/noAutofocus: the page has this one field
            autoFocus
            required
            value={token}
            onChange={event => setToken(event.target.value)}
          />
          <div className="field-hint">
            <code>npm start</code> prints a link that signs in by itself. The token is in <code>EDGEDAG_TOKEN</code> or
            in the state folder.
          </div>
        </div>
        <Button type="submit" tone="primary" busy={busy} disabled={token.trim() === ''}>
          Sign in
        </Button>
      </form>
    </main>
  )
}
