// The frame around every page: skip link, navigation, live mark, theme and sign-out.
import { type ReactNode, useState } from 'react'
import { signOut } from '../api/auth.ts'
import { Link, useLocation } from '../lib/router.tsx'
import { applyTheme, nextTheme, readTheme, type Theme } from '../lib/theme.ts'
import { MORE_PAGES, type MorePage } from '../pages/more-pages.ts'
import { useAccess } from './access.tsx'
import { AlertBell } from './alert-bell.tsx'
import { ContactBar } from './contact-bar.tsx'
import { Menu } from './menu.tsx'
import { Toasts } from './toasts.tsx'
import { Button } from './ui.tsx'
import { WaitingMark } from './waiting-mark.tsx'

const THEME_ICON = { system: 'system', light: 'sun', dark: 'moon' } as const

function ThemeButton({ withWord = false }: { withWord?: boolean }) {
  const [theme, setTheme] = useState<Theme>(readTheme)
  const next = nextTheme(theme)
  const change = (): void => {
    applyTheme(next)
    setTheme(next)
  }
  return (
    <Button icon={THEME_ICON[theme]} tone="ghost" iconOnly={!withWord} onClick={change}>
      {withWord ? `Theme: ${theme}` : `Theme: ${theme}. Switch to ${next}`}
    </Button>
  )
}

/** What the navigation has, in its order. */
export const NAVIGATION: readonly Pick<MorePage, 'head' | 'nav' | 'reads'>[] = [
  { head: '', nav: 'Home' },
  { head: 'dags', nav: 'DAGs' },
  { head: 'dag-runs', nav: 'Runs' },
  ...MORE_PAGES.filter(({ nav }) => nav !== undefined),
]

/** Sign-out ends the session at the server; the page then starts afresh, without anything it had loaded. */
async function leave(): Promise<void> {
  await signOut().catch(() => undefined)
  window.location.assign('/')
}

function Links({ head }: { head: string }) {
  const { may } = useAccess()
  return NAVIGATION.filter(({ reads }) => reads === undefined || may(reads)).map(entry => (
    <Link key={entry.head} href={`/${entry.head}`} aria-current={entry.head === head ? 'page' : undefined}>
      {entry.nav}
    </Link>
  ))
}

/** Whoever may not do everything sees as what they are signed in. */
function RoleMark() {
  const { role, name } = useAccess()
  if (role === undefined || role === 'admin') return null
  return (
    <span className="label role-mark" title={`Signed in as ${name ?? role}, with the role ${role}`}>
      {role}
    </span>
  )
}

export function Shell({ children, onHelp }: { children: ReactNode; onHelp: () => void }) {
  const { pathname } = useLocation()
  const head = pathname.split('/')[1] ?? ''
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="topbar">
        <Link href="/" className="brand" aria-label="Edgedag, to what needs you">
          <img src="/favicon.svg" alt="" width="24" height="24" />
          <span className="brand-name">Edgedag</span>
        </Link>
        <nav className="topnav" aria-label="Main">
          <Links head={head} />
        </nav>
        <div className="topbar-end">
          <RoleMark />
          <WaitingMark />
          <AlertBell />
          <span className="topbar-tools">
            <Button icon="help" tone="ghost" iconOnly onClick={onHelp}>
              Keyboard shortcuts
            </Button>
            <ThemeButton />
            <Button icon="signout" tone="ghost" iconOnly onClick={() => void leave()}>
              Sign out
            </Button>
          </span>
          <Menu label="Menu" icon="menu" className="only-narrow" panelClass="page-menu">
            <nav aria-label="Pages">
              <Links head={head} />
            </nav>
            <ThemeButton withWord />
            <Button icon="signout" tone="ghost" onClick={() => void leave()}>
              Sign out
            </Button>
          </Menu>
        </div>
      </header>
      <ContactBar />
      <main id="main" className="main" tabIndex={-1}>
        {children}
      </main>
      <Toasts />
    </>
  )
}
