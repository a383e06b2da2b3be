// A page that breaks says so and offers a way on, instead of leaving a white screen.
import { Component, type ReactNode } from 'react'
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
        <Button icon="retry" onClick={() => window.location.reload()}>
          Load it again
        </Button>
        <Link href="/dags">All DAGs</Link>
      </ErrorState>
    )
  }
}
