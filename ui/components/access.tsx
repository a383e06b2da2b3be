// Who is signed in, for everything that offers a call. Remembered over page loads, so that nothing appears only to vanish.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react'
import { fetchMe, rememberedRole, rememberRole } from '../api/auth.ts'
import { setForbiddenHandler } from '../api/client.ts'
import { type ApiCall, refusalOf } from '../lib/access.ts'

const FRESH_MS = 300_000
const KEY = ['me'] as const

export interface Access {
  role: string | undefined
  name: string | undefined
  may: (call: ApiCall) => boolean
  /** In a sentence; undefined: the call is allowed. */
  refusal: (call: ApiCall) => string | undefined
}

const accessOf = (role: string | undefined, name?: string): Access => ({
  role,
  name,
  may: call => refusalOf(role, call) === undefined,
  refusal: call => refusalOf(role, call),
})

const AccessContext = createContext<Access>(accessOf(undefined))

export const useAccess = (): Access => useContext(AccessContext)

/** A call that is refused is the sign that the role is another by now: it is asked for anew. */
export function AccessProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const { data } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => fetchMe(signal), staleTime: FRESH_MS })
  useEffect(() => setForbiddenHandler(() => void client.invalidateQueries({ queryKey: KEY })), [client])
  useEffect(() => {
    if (data) rememberRole(data.user.role)
  }, [data])
  const role = data?.user.role ?? rememberedRole()
  const access = useMemo(() => accessOf(role, data?.user.username), [role, data?.user.username])
  return <AccessContext value={access}>{children}</AccessContext>
}

/** Shows what it holds to those who may make the call. */
export function Allowed({ to, children }: { to: ApiCall; children: ReactNode }) {
  return useAccess().may(to) ? children : null
}
