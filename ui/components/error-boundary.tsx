// A page that breaks says so and offers a way on, instead of leaving a white screen.
import { Component, type ReactNode, useEffect } from 'react'
import { fetchVersion } from '../api/auth.ts'
import { ApiError } from '../api/client.ts'
import { Link } from '../lib/router.tsx'
import { Button, ErrorState } from './ui.tsx'

interface Props {
  /** Another place clears the error: people can always navigate away. */
  place: string
  children: ReactNode
}

interface State {
  error: Error | undefined
  place: string
}

/** As the browsers put it when a script that is loaded on demand does not come. */
const isMissingPart = ({ message }: Error): boolean => /dynamically imported module|module script failed/i.test(message)

const ASK_MS = 5_000

/** Asks now and then whether the control plane, which did not answer, does again; then the page is loaded anew. */
function ReloadWhenBack() {
  useEffect(() => {
    let wasAway = false
    const timer = setInterval(() => {
      fetchVersion().then(
        () => wasAway && window.location.reload(),
        () => {
          wasAway = true
        },
      )
    }, ASK_MS)
    return () => clearInterval(timer)
  }, [])
  return null
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined, place: this.props.place }

  static getDerivedStateFromError(error: Error): Partial<State> {
    return { error }
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.place === state.place ? null : { error: undefined, place: props.place }
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children
    const error = isMissingPart(this.state.error)
      ? new ApiError(0, 'unreachable', 'A part of the page could not be loaded: the control plane does not answer.')
      : this.state.error
    return (
      <ErrorState titleAs="h1" what="This page could not be shown" error={error}>
        {error !== this.state.error && <ReloadWhenBack />}
        <Button icon="retry" onClick={() => window.location.reload()}>
          Load it again
        </Button>
        <Link href="/dags">All DAGs</Link>
      </ErrorState>
    )
  }
}
