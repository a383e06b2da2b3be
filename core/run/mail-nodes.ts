// Mails of a run about itself (mail_on, mail_on_error) are nodes of it, like handlers: written down before they begin, begun once, with a
// record, a log and an error of their own. What becomes of them changes nothing about the run.
import { type Dag, HANDLER_NODE_NAMES, type HandlerKind, type Mail, type Step } from '../spec/dag.ts'

export type MailKind = 'mail_error' | 'mail_failure' | 'mail_success' | 'mail_wait'

/** Nodes beside the steps. */
export type SideKind = HandlerKind | MailKind

export const MAIL_NODE_NAMES = {
  mail_error: 'mailOnError',
  mail_failure: 'mailOnFailure',
  mail_success: 'mailOnSuccess',
  mail_wait: 'mailOnWait',
} as const satisfies Record<MailKind, string>

/** Names of the nodes beside the steps: the members of a run's details that are nodes. */
export type SideNodeName = (typeof MAIL_NODE_NAMES)[MailKind] | (typeof HANDLER_NODE_NAMES)[HandlerKind]

/** Executor type of these nodes; no file can name it. */
export const RUN_MAIL = 'run_mail'

/** A mail that is known not to have been sent, for a reason that may pass, is tried again: after 5 and after 15 seconds. */
const TEMPORARY_FAILURE = 75
const RETRY = { limit: 2, intervalSec: 5, backoff: 3, exitCodes: [TEMPORARY_FAILURE] }

const NO_MAIL: Mail = { from: '', to: [], prefix: '', attachLogs: false }

const isMailKind = (kind: SideKind): kind is MailKind => Object.hasOwn(MAIL_NODE_NAMES, kind)

/** The name of a node beside the steps. */
export const sideName = (kind: SideKind): SideNodeName =>
  isMailKind(kind) ? MAIL_NODE_NAMES[kind] : HANDLER_NODE_NAMES[kind]

export { isMailKind }

function mailOf({ mail, steps }: Dag, kind: MailKind): Mail | undefined {
  if (mail === undefined) return undefined
  switch (kind) {
    case 'mail_error':
      return steps.some(step => step.mailOnError) ? mail.error : undefined
    case 'mail_failure':
      return mail.on.failure ? (mail.error ?? NO_MAIL) : undefined
    case 'mail_success':
      return mail.on.success ? (mail.info ?? NO_MAIL) : undefined
    case 'mail_wait':
      return mail.on.wait ? (mail.wait ?? NO_MAIL) : undefined
  }
}

/** The step behind a mail node; undefined: the DAG sends no such mail. */
export function mailStep(dag: Dag, kind: MailKind): Step | undefined {
  const mail = mailOf(dag, kind)
  if (mail === undefined) return undefined
  return {
    name: MAIL_NODE_NAMES[kind],
    description: '',
    depends: [],
    type: RUN_MAIL,
    commands: [],
    shellPackages: [],
    env: [],
    preconditions: [],
    retryPolicy: RETRY,
    mailOnError: false,
    timeoutSec: 0,
    config: { from: mail.from, to: mail.to, prefix: mail.prefix, attach_logs: mail.attachLogs },
  }
}

export const SIDE_NODE_NAMES: readonly SideNodeName[] = [
  ...Object.values(HANDLER_NODE_NAMES),
  ...Object.values(MAIL_NODE_NAMES),
]

const MAIL_KINDS = Object.keys(MAIL_NODE_NAMES) as MailKind[]

/** Handlers and mails of a DAG, by the names of their nodes, which no step of the DAG has. */
export function sideNodes(dag: Dag): Map<string, { kind: SideKind; step: Step }> {
  const nodes = new Map<string, { kind: SideKind; step: Step }>()
  const taken = new Set(dag.steps.map(step => step.name))
  const add = (kind: SideKind, step: Step | undefined) => {
    if (step !== undefined && !taken.has(sideName(kind))) nodes.set(sideName(kind), { kind, step })
  }
  for (const kind of Object.keys(HANDLER_NODE_NAMES) as HandlerKind[]) add(kind, dag.handlers[kind])
  for (const kind of MAIL_KINDS) add(kind, mailStep(dag, kind))
  return nodes
}
