// The page's clock: components that show ages or running durations tick together with it, and not at all when nothing runs.
import { useEffect, useState } from 'react'

/** Current time, refreshed every `intervalMs`; null stops the ticking. Paused while the tab is hidden. */
export function useNow(intervalMs: number | null): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (intervalMs === null) return
    const tick = (): void => {
      if (document.visibilityState === 'visible') setNow(Date.now())
    }
    tick()
    const timer = setInterval(tick, intervalMs)
    document.addEventListener('visibilitychange', tick)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', tick)
    }
  }, [intervalMs])
  return now
}
