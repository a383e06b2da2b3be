// What a run of a DAG would do, without doing any of it: values as far as they are known here, secrets masked.

import { dryRun } from '@edgedag/core/expr/dry-run'
import { z } from '@hono/zod-openapi'
import { json } from '../answer.ts'
import { DryRunJson } from '../answers/dag.ts'
import { refuseLargeSpec } from '../body.ts'
import { problemTexts, readDefinition } from '../definition.ts'
import { findDag } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { FileParams, StartFields } from '../schemas.ts'
import { dagNotFound } from './dag-read.ts'

const Body = StartFields.pick({ params: true, dagName: true }).extend({
  /** A text that is not saved yet; absent: the DAG as it is. */
  spec: z.string().optional(),
})

export const dagDryRunRoutes = [
  route(
    {
      method: 'post',
      path: '/dags/{fileName}/dry-run',
      permission: 'dags.read',
      tag: 'dags',
      summary: 'Show what a run would do: parameters, order, commands with their values, secrets masked',
      params: FileParams,
      body: Body,
      answers: { 200: DryRunJson },
    },
    async ({ params, body, deps }) => {
      const tooLarge = refuseLargeSpec(body.spec)
      if (tooLarge !== null) return tooLarge
      const found = await findDag(deps, params.fileName)
      const record = found === null ? null : await found.dag.get()
      if (record === null) return dagNotFound(params.fileName)
      const name = body.dagName || params.fileName
      const { dag, problems } = await readDefinition(deps, body.spec ?? record.spec, name, record.files)
      if (dag === null) return problem('bad_request', problemTexts(problems).join('\n'), { problems })
      const asked = body.params === '' ? undefined : body.params
      const dry = await dryRun(dag, asked, {
        hostEnv: {},
        host: 'the runner',
        ...(record.source === null ? {} : { sourceDir: record.source.dir }),
      })
      if (!dry.ok) return problem('bad_request', problemTexts(dry.error).join('\n'), { problems: dry.error })
      return json({ dagName: body.dagName || dag.name, ...dry.value })
    },
  ),
]
