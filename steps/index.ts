// The registry of portable step types.
import { httpStep } from './http.ts'
import { jqStep } from './jq.ts'
import { logStep } from './log.ts'
import { mailStep } from './mail.ts'
import { noopStep } from './noop.ts'
import { routerStep } from './router.ts'
import { runMailStep } from './run-mail.ts'
import type { PortableStep } from './step.ts'
import { templateStep } from './template.ts'

export const PORTABLE_STEPS: readonly PortableStep[] = [
  noopStep,
  logStep,
  routerStep,
  httpStep,
  mailStep,
  runMailStep,
  templateStep,
  jqStep,
]

const byType = new Map(PORTABLE_STEPS.flatMap(step => step.types.map(type => [type, step] as const)))

/** The portable step of a type; undefined: it needs a host, or is not known. */
export const portableStep = (type: string): PortableStep | undefined => byType.get(type)
