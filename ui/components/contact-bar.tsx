// Says on every page that the control plane does not answer, and asks for all that is shown once it does again.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { fetchMe } from '../api/auth.ts'
import { isContactLost, onContact } from '../api/contact.ts'
import { Icon } from './icon.tsx'

const LOOK_EVERY_MS = 3_000

export function ContactBar() {
  const client = useQueryClient()
  const lost = useSyncExternalStore(onContact, isContactLost)
  useEffect(() => {
    if (!lost) return
    const timer = setInterval(() => void fetchMe().catch(() => {}), LOOK_EVERY_MS)
    return () => {
      clearInterval(timer)
      void client.invalidateQueries()
    }
  }, [lost, client])
  if (!lost) return null
  return (
    <div className="contact-bar" role="status">
      <Icon name="waiting" size={14} /> The control plane does not answer. What is shown may be old; steps that run go
      on.
    </div>
  )
}
