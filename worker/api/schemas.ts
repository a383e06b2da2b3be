// Schemas that several routes share. Promise: everything that becomes a key, an object's name or a path is validated here, per segment.
import { QUEUE_NAME } from '@edgedag/core/queue/name'
import { RUN_ID, RUN_ID_CHARACTERS } from '@edgedag/core/run/run-id'
import { z } from '@hono/zod-openapi'

const NAME_MESSAGE = 'name must only contain alphanumeric characters, dashes, dots, and underscores'

/** A DAG's name or file name: one path segment that is neither `.` nor `..`. */
export const Name = z
  .string()
  .regex(/^(?!\.{1,2}$)[a-zA-Z0-9_.-]{1,128}$/, NAME_MESSAGE)
  .openapi({ example: 'hello' })

export const RunId = z.string().regex(RUN_ID, RUN_ID_CHARACTERS).openapi({ example: '20261121_113255_a4505c' })

/** Paths of a run, and of a run below it: what can be asked of the one can be asked of the other. */
export const RUN_PATH = '/dag-runs/{name}/{dagRunId}'
export const SUB_RUN_PATH = `${RUN_PATH}/sub-dag-runs/{subDAGRunId}`

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is kept out
export const StepName = z.string().regex(/^[^\u0000-\u001f\u007f]{1,255}$/, 'step name is not valid')

export const QueueName = z.string().regex(QUEUE_NAME, 'queue name is not valid')

export const FileParams = z.object({ fileName: Name })
export const RunParams = z.object({ name: Name, dagRunId: RunId.describe('A run id, or `latest`') })
export const SubRunParams = RunParams.extend({ subDAGRunId: RunId.describe('A run below that one, at any depth') })
export const StepParams = RunParams.extend({ stepName: StepName })
export const SubStepParams = SubRunParams.extend({ stepName: StepName })

const WholeNumber = z.coerce.number().int()

export const Limit = (most: number, otherwise: number) =>
  WholeNumber.min(1)
    .default(otherwise)
    .transform(value => Math.min(value, most))

export const Page = WholeNumber.min(1).default(1)

const listOf = (value: unknown): unknown =>
  value === undefined || Array.isArray(value) ? value : String(value).split(',')

/** A list given by repeating the name, by commas, or both. */
export const List = z.preprocess(listOf, z.array(z.string()).optional()).transform(values =>
  values
    ?.flatMap(value => value.split(','))
    .map(value => value.trim())
    .filter(value => value !== ''),
)

/** Labels of a body: a list, or text with commas. */
export const Labels = z
  .union([z.array(z.string().max(255)).max(100), z.string().max(4096)])
  .transform(value =>
    (typeof value === 'string' ? value.split(',') : value).map(label => label.trim()).filter(label => label !== ''),
  )

export const Stream = z.enum(['stdout', 'stderr'])

const MAX_SCHEMA_CHARS = 1024 * 1024

/** Schema files that a DAG names, read by whoever pushes it: by the path that the text uses. */
export const SchemaFiles = z
  .record(z.string().max(1024), z.string().max(MAX_SCHEMA_CHARS))
  .refine(files => Object.keys(files).length <= 16, 'at most 16 schema files')

export const Params = z.union([z.string().max(1024 * 1024), z.record(z.string(), z.unknown())])

/** What every way to start a run takes; fields of later versions are let through and ignored. */
export const StartFields = z.looseObject({
  params: Params.optional(),
  dagRunId: RunId.or(z.literal('')).optional(),
  dagName: Name.or(z.literal('')).optional(),
  singleton: z.boolean().optional(),
  labels: Labels.optional(),
  tags: Labels.optional(),
  queue: QueueName.or(z.literal('')).optional(),
  priority: z.enum(['high', 'low']).optional(),
  /** What is shown as its cause: runs that only a schedule or a retry brought are dropped while the DAG is suspended. */
  triggerType: z.enum(['manual', 'scheduler', 'catchup', 'retry', 'webhook', 'unknown']).optional(),
  /** Runtime profile; absent: the default of the DAG, `""`: none. */
  profile: z.string().max(128).optional(),
})
export type StartFields = z.output<typeof StartFields>
