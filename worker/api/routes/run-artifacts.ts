// Artifacts of a run: the tree, a preview, the files.

import { z } from '@hono/zod-openapi'
import { type Answer, json, type Refusal } from '../answer.ts'
import { ArtifactsJson, PreviewJson } from '../answers/artifact.ts'
import { type Artifact, type Artifacts, findArtifacts } from '../artifacts/find-artifacts.ts'
import { kindOf } from '../artifacts/kind.ts'
import { readPart, sendFile } from '../artifacts/send-file.ts'
import { treeOf } from '../artifacts/tree.ts'
import type { ApiDeps } from '../deps.ts'
import { type FoundRun, findRun, type RunAddress, runNotFound } from '../find-run.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { RUN_PATH, RunParams, SUB_RUN_PATH, SubRunParams } from '../schemas.ts'

const PREVIEW_BYTES = 512 * 1024
const MOST_IMAGE_BYTES = 20 * 1024 * 1024

const Flag = z.enum(['true', 'false', '1', '0']).transform(value => value === 'true' || value === '1')
const Path = z.string().max(1024)
const FilePath = z.object({ path: Path.min(1) })

const noArtifacts = (runId: string): Refusal =>
  problem('not_found', `artifact directory not found for dag-run ${runId}`)

/** The artifacts of a run, handed to `use`; or the answer that there are none. */
export async function withArtifacts<R extends Answer<unknown>>(
  deps: ApiDeps,
  found: FoundRun,
  use: (artifacts: Artifacts) => R | Promise<R>,
): Promise<R | Refusal> {
  const artifacts = await findArtifacts(deps, found)
  return artifacts === null ? noArtifacts(found.runId) : use(artifacts)
}

/** One file of a run, handed to `use`. */
export const withArtifact = <R extends Answer<unknown>>(
  deps: ApiDeps,
  found: FoundRun,
  path: string,
  use: (file: Artifact) => R | Promise<R>,
): Promise<R | Refusal> =>
  withArtifacts(deps, found, ({ files }) => {
    const file = files.find(each => each.path === path)
    return file === undefined ? problem('not_found', `artifact ${path} not found in dag-run ${found.runId}`) : use(file)
  })

export function listArtifacts({ files, complete, warnings }: Artifacts, folder: string, recursive: boolean) {
  const items = treeOf(files, folder.replace(/\/+$/, ''), recursive)
  if (items === null) return problem('not_found', `there is no folder ${folder} among the artifacts`)
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  return json({ items, files: files.length, bytes, complete, warnings })
}

export async function previewArtifact(deps: ApiDeps, file: Artifact) {
  const head = (await readPart(deps, file, 0, PREVIEW_BYTES)) ?? new Uint8Array(0)
  const { kind, mimeType } = kindOf(file.path, head)
  const isText = kind === 'text' || kind === 'markdown'
  return json({
    name: file.path.split('/').at(-1) ?? file.path,
    path: file.path,
    kind,
    mimeType,
    size: file.size,
    // A character that the limit divides is left out.
    ...(isText ? { content: new TextDecoder().decode(head, { stream: true }) } : {}),
    tooLarge: kind === 'image' && file.size > MOST_IMAGE_BYTES,
    truncated: isText && file.size > head.byteLength,
  })
}

async function withRun<R extends Answer<unknown>>(
  deps: ApiDeps,
  address: RunAddress,
  use: (found: FoundRun) => Promise<R>,
): Promise<R | Refusal> {
  const found = await findRun(deps, address)
  return found === null ? runNotFound(address) : use(found)
}

const tag = 'artifacts'
const common = { method: 'get', permission: 'runs.read', tag } as const

/** Artifacts of the run at `path`, be it a top run or one below it. */
const artifactRoutes = (path: typeof RUN_PATH | typeof SUB_RUN_PATH, what: string, params: typeof RunParams) => [
  route(
    {
      ...common,
      params,
      path: `${path}/artifacts`,
      summary: `Files that ${what} has kept, as a tree; \`complete\` once nothing more comes`,
      query: z.object({ recursive: Flag.default(true), path: Path.default('') }),
      answers: { 200: ArtifactsJson },
    },
    ({ params, query, deps }) =>
      withRun(deps, params, found =>
        withArtifacts(deps, found, all => listArtifacts(all, query.path, query.recursive)),
      ),
  ),
  route(
    {
      ...common,
      params,
      path: `${path}/artifacts/preview`,
      summary: `What a file of ${what} is, and the beginning of a text`,
      query: FilePath,
      answers: { 200: PreviewJson },
    },
    ({ params, query, deps }) =>
      withRun(deps, params, found => withArtifact(deps, found, query.path, file => previewArtifact(deps, file))),
  ),
  route(
    {
      ...common,
      params,
      path: `${path}/artifacts/download`,
      summary: `A file of ${what}, or a range of it; \`inline\` to show it (sandboxed) rather than save it`,
      query: FilePath.extend({ inline: Flag.default(false) }),
      answers: { 200: 'The file', 206: 'The range', 304: 'It has not changed' },
    },
    ({ params, query, request, deps }) =>
      withRun(deps, params, found =>
        withArtifact(deps, found, query.path, file => sendFile(deps, request, file, query.inline)),
      ),
  ),
]

export const runArtifactRoutes = [
  ...artifactRoutes(RUN_PATH, 'a run', RunParams),
  ...artifactRoutes(SUB_RUN_PATH, 'a called run', SubRunParams),
]
