// Members that frames share.
import { z } from 'zod'
import { RUN_ID } from '../run/run-id.ts'

/** Epoch ms. */
export const Epoch = z.number()
export const Name = z.string().min(1).max(255)
export const RunId = z.string().regex(RUN_ID)
export const Stream = z.enum(['stdout', 'stderr'])
