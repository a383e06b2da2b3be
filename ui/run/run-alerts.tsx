// What is wrong with this run now, as the alerts say it. The bell of the page asks for them.
import { useQuery } from '@tanstack/react-query'
import { alertKeys, fetchAlerts } from '../api/alerts.ts'
import { Notice } from '../components/ui.tsx'
import { Link } from '../lib/router.tsx'
import { withLocalTimes } from '../lib/time.ts'

export function RunAlerts({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: alertKeys.active, queryFn: ({ signal }) => fetchAlerts('active', signal) })
  const alerts = (data?.alerts ?? []).filter(({ dagRunId, resolvedAt }) => dagRunId === id && resolvedAt === undefined)
  return alerts.map(({ id: key, title, detail }) => (
    <Notice key={key} tone="warn" action={<Link href="/alerts">Alerts</Link>}>
      {title}: {withLocalTimes(detail)}
    </Notice>
  ))
}
