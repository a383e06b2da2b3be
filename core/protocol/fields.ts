// Members that frames share.
import { z } from 'zod'

/** Epoch ms. */
export const Epoch = z.number()
export const Name = z.string().min(1).max(255)
export const RunId = z.string().regex(/^[-a-zA-Z0-9_]{1,64}$/)
export const Stream = z.enum(['stdout', 'stderr'])
