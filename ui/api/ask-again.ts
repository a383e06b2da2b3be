// Asking anew for what is shown. Promise: what was changed before the call is in an answer that follows it, also where another
// answer is on its way: that one may be older. It is let come, so that many calls in a row never keep the page waiting.
import type { Query, QueryClient, QueryKey } from '@tanstack/react-query'

const waiting = new WeakSet<Query>()

/** @param queryKey or the beginning of it; queries that nobody looks at are asked when somebody does */
export function askAgain(client: QueryClient, queryKey: QueryKey): void {
  void client.invalidateQueries({ queryKey, refetchType: 'none' })
  for (const query of client.getQueryCache().findAll({ queryKey, type: 'active' })) {
    if (waiting.has(query)) continue
    const ask = (): void => void client.refetchQueries({ predicate: each => each === query }, { cancelRefetch: false })
    if (query.state.fetchStatus === 'idle' || query.promise === undefined) {
      ask()
      continue
    }
    waiting.add(query)
    const again = (): void =>
      // The query takes its answer first.
      void setTimeout(() => {
        waiting.delete(query)
        void client.invalidateQueries({ predicate: each => each === query, refetchType: 'none' })
        ask()
      })
    query.promise.then(again, again)
  }
}
