// Files that a run has kept.
import { z } from '@hono/zod-openapi'
import { Count, Time } from './common.ts'

interface ArtifactItem {
  name: string
  path: string
  type: 'file' | 'directory'
  size?: number | undefined
  sha256?: string | undefined
  modifiedAt?: string | undefined
  children?: ArtifactItem[] | undefined
}

const ItemJson: z.ZodType<ArtifactItem> = z
  .object({
    name: z.string(),
    path: z.string(),
    type: z.enum(['file', 'directory']),
    size: Count.optional().describe('Bytes'),
    sha256: z.string().optional(),
    modifiedAt: Time.optional(),
    children: z
      .lazy(() => z.array(ItemJson))
      .optional()
      .openapi({ type: 'array', items: { $ref: '#/components/schemas/Artifact' } }),
  })
  .openapi('Artifact')

export const ArtifactsJson = z
  .object({
    items: z.array(ItemJson),
    files: Count,
    bytes: Count,
    complete: z.boolean().describe('Nothing more comes'),
    warnings: z.array(z.string()),
  })
  .openapi('Artifacts')

export const PreviewJson = z
  .object({
    name: z.string(),
    path: z.string(),
    kind: z.enum(['text', 'markdown', 'image', 'binary']),
    mimeType: z.string(),
    size: Count,
    content: z.string().optional().describe('Of texts: the beginning'),
    tooLarge: z.boolean(),
    truncated: z.boolean(),
  })
  .openapi('ArtifactPreview')
