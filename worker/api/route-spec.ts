// What a route says of itself: path, permission, what it takes and what it answers.
import type { z } from '@hono/zod-openapi'
import type { Permission } from '../auth/roles.ts'
import type { AnswerSpecs } from './answer.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

export type Shape = z.ZodObject | undefined
export interface RouteSpec<
  P extends Shape,
  Q extends Shape,
  B extends z.ZodType | undefined,
  A extends AnswerSpecs = AnswerSpecs,
> {
  method: Method
  /** Path below `/api/v1`, with `{name}` for parameters. */
  path: string
  permission: Permission
  tag: string
  summary: string
  params?: P
  query?: Q
  /** JSON body; an absent one is read as `{}`. */
  body?: B
  /** Bytes; 2 MB unless told. */
  maxBodyBytes?: number
  /** A GET that changes something: then a cookie alone does not do. */
  mutates?: boolean
  answers: A
}

/** Any route's description. */
export type AnyRouteSpec = RouteSpec<Shape, Shape, z.ZodType | undefined>
