// Pages beyond DAGs and runs: each is a chunk of its own, loaded when it is opened. A page more is a line here.
import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { ApiCall } from '../lib/access.ts'
import type { PageProps } from './page-props.ts'

export interface MorePage {
  /** First segment of the address. */
  head: string
  /** Word in the navigation; absent: reached from other pages only. */
  nav?: string
  /** The call without which there is nothing to see: the page is not in the navigation of those who may not make it. */
  reads?: ApiCall
  /** How many segments may follow. */
  depth: number
  Page: LazyExoticComponent<ComponentType<PageProps>>
}

/** In the order of the navigation. */
export const MORE_PAGES: readonly MorePage[] = [
  {
    head: 'queues',
    nav: 'Queues',
    depth: 1,
    Page: lazy(() => import('./queues-page.tsx').then(({ QueuesPage }) => ({ default: QueuesPage }))),
  },
  {
    head: 'search',
    nav: 'Search',
    depth: 0,
    Page: lazy(() => import('./search-page.tsx').then(({ SearchPage }) => ({ default: SearchPage }))),
  },
  {
    head: 'runners',
    nav: 'Runners',
    reads: 'GET /workers',
    depth: 0,
    Page: lazy(() => import('./runners-page.tsx').then(({ RunnersPage }) => ({ default: RunnersPage }))),
  },
  {
    head: 'docs',
    nav: 'Documents',
    depth: 12,
    Page: lazy(() => import('./docs-page.tsx').then(({ DocsPage }) => ({ default: DocsPage }))),
  },
  {
    head: 'alerts',
    depth: 0,
    Page: lazy(() => import('./alerts-page.tsx').then(({ AlertsPage }) => ({ default: AlertsPage }))),
  },
  {
    head: 'settings',
    nav: 'Settings',
    depth: 2,
    Page: lazy(() => import('./settings-page.tsx').then(({ SettingsPage }) => ({ default: SettingsPage }))),
  },
]
