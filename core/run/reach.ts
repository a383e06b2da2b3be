// Whether a step that talks to the network may do so from the edge, or names what only a host can reach. Pure: a name is judged by its look.
import type { Dag, Step } from '../spec/dag.ts'
import { RUN_MAIL, sideNodes } from './mail-nodes.ts'

/** `${NAME}` where the DAG's env gives it a plain value that no start can change. */
function literal(text: string, dag: Dag): string {
  return text.replace(/\$\{(\w+)\}|\$(\w+)/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare
    const isParam = dag.params.defs.some(def => def.name === name)
    const entry = isParam ? undefined : dag.env.findLast(each => each.name === name)
    return entry === undefined || /[$`]/.test(entry.value) ? whole : entry.value
  })
}

const PRIVATE =
  /^(localhost|0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|\[)|\.(local|localhost|internal|intranet|lan|home|corp|test|invalid|home\.arpa)$/i

/** A name of the public internet, as far as its look tells. */
export const isPublicHost = (host: string): boolean =>
  /^[a-z0-9-]+(\.[a-z0-9-]+)+\.?$/i.test(host) && !PRIVATE.test(host)

function hostProblem(host: string, field: string): string | undefined {
  if (/[$`]/.test(host)) return `may talk to a host inside of a network (${field} is known at its start only)`
  return isPublicHost(host) ? undefined : `talks to ${host || 'no host'}, which may be inside of a network`
}

const urlHost = (url: string): string => /^https?:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(url.trim())?.[1] ?? url

function needOfHttp({ commands, config, script }: Step, dag: Dag): string | undefined {
  if (config.skip_tls_verify !== undefined && config.skip_tls_verify !== false) return 'does not check certificates'
  if (script !== undefined) return 'has its settings in a script'
  const url = typeof config.url === 'string' ? config.url : (commands[0] ?? '').trim().replace(/^\S+\s+(?=\S)/, '')
  return hostProblem(urlHost(literal(url, dag)), 'its URL')
}

function needOfMail({ config }: Step, dag: Dag): string | undefined {
  const { attachments, attach_logs } = config
  if (Array.isArray(attachments) ? attachments.length > 0 : attachments !== undefined) return 'attaches files'
  if (attach_logs !== undefined && attach_logs !== false) return 'attaches logs'
  return hostProblem(literal(dag.mail?.smtp?.host ?? '', dag).trim(), 'smtp.host')
}

const needOfJq = ({ config, script }: Step): string | undefined =>
  config.input !== undefined || script?.trim().startsWith('file://') ? 'reads a file' : undefined

/** Why a step has to be done on a runner, for what it talks to; undefined: it need not. */
export function needOfReach(step: Step, dag: Dag): string | undefined {
  if (step.type === 'template') return step.config.output === undefined ? undefined : 'writes to a file'
  if (step.type === 'jq') return needOfJq(step)
  if (step.type === 'http') return needOfHttp(step, dag)
  return step.type === 'mail' ? needOfMail(step, dag) : undefined
}

const mailsOfRun = (dag: Dag): Step[] =>
  [...sideNodes(dag).values()].flatMap(({ step }) => (step.type === RUN_MAIL ? [step] : []))

/** Why the mails of a run about itself have to be sent by a runner. */
export function needOfRunMail(dag: Dag): string | undefined {
  const [mail] = mailsOfRun(dag)
  if (mail === undefined) return undefined
  if (mailsOfRun(dag).some(step => step.config.attach_logs === true)) return 'its mails attach logs'
  const problem = needOfMail({ ...mail, config: {} }, dag)
  return problem === undefined ? undefined : `its mail ${problem}`
}

/** The DAG sends mail through its server. */
export const usesMail = (dag: Dag): boolean =>
  mailsOfRun(dag).length > 0 || [...dag.steps, ...Object.values(dag.handlers)].some(step => step.type === 'mail')
