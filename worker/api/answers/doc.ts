// Documents, and their tree.
import { z } from '@hono/zod-openapi'
import { PaginationJson, Time } from './common.ts'
import { DocLineJson } from './search.ts'

interface DocNode {
  id: string
  name: string
  title: string
  type: 'file' | 'directory'
  updatedAt?: string | undefined
  children?: DocNode[] | undefined
}

const DocNodeJson: z.ZodType<DocNode> = z
  .object({
    id: z.string(),
    name: z.string(),
    title: z.string(),
    type: z.enum(['file', 'directory']),
    updatedAt: Time.optional(),
    children: z
      .lazy(() => z.array(DocNodeJson))
      .optional()
      .openapi({ type: 'array', items: { $ref: '#/components/schemas/DocumentNode' } }),
  })
  .openapi('DocumentNode')

export const DocsJson = z
  .object({
    tree: z.array(DocNodeJson).describe('Empty with `flat`'),
    items: z.array(DocLineJson).describe('Empty without `flat`'),
    pagination: PaginationJson,
  })
  .openapi('Documents')

export const DocJson = DocLineJson.extend({
  workspace: z.string().describe('Empty: none is selected'),
  content: z.string(),
  filePath: z.string(),
}).openapi('Document')

export const DeletedDocsJson = z
  .object({
    deleted: z.array(z.string()),
    failed: z.array(z.object({ id: z.string(), error: z.string() })),
    message: z.string(),
  })
  .openapi('DeletedDocuments')
