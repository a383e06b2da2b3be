// How many things are wrong now, on every page. Looked at when a page opens, when the window is looked at again, and once a minute.
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { alertKeys, fetchAlerts } from '../api/alerts.ts'
import { Link, useLocation } from '../lib/router.tsx'
import { Icon } from './icon.tsx'

const FRESH_MS = 15_000
const LOOK_EVERY_MS = 60_000

export function AlertBell() {
  const { pathname } = useLocation()
  const { data, refetch, dataUpdatedAt } = useQuery({
    queryKey: alertKeys.active,
    queryFn: ({ signal }) => fetchAlerts('active', signal),
    refetchInterval: LOOK_EVERY_MS,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is the moment to look again, nothing else is
  useEffect(() => {
    if (Date.now() - dataUpdatedAt > FRESH_MS) void refetch()
  }, [pathname])
  const active = data?.active ?? 0
  const words = active === 0 ? 'Alerts: nothing is wrong' : active === 1 ? '1 alert' : `${active} alerts`
  return (
    <Link href="/alerts" className="button button-ghost button-icon bell" aria-label={words} title={words}>
      <Icon name="bell" />
      {active > 0 && (
        <span className="bell-count" aria-hidden="true">
          {active > 99 ? '99+' : active}
        </span>
      )}
    </Link>
  )
}
