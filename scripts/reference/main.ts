// Writes what is generated from the description of the language and from the routes of the API; `--check` only says whether it is up to date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openApiDocument } from '../../worker/api/openapi.ts'
import { ROUTES } from '../../worker/api/routes/index.ts'
import { accessTable } from './access-table.ts'
import { apiPage } from './api-page.ts'
import { type ApiDocument, apiTypes, bodyTypes } from './api-types.ts'
import { cliPage } from './cli.ts'
import { readBlocks } from './docs.ts'
import { dagSchema } from './json-schema.ts'
import { referencePage } from './markdown.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Generated files by their path in the project. */
export async function generated(): Promise<Record<string, string>> {
  const blocks = readBlocks()
  const document = openApiDocument(ROUTES, '', '/api/v1') as ApiDocument
  return {
    'ui/public/schemas/dag.schema.json': dagSchema(blocks),
    'docs/reference/cli.md': await cliPage(),
    'docs/reference/yaml.md': referencePage(blocks),
    'docs/reference/api.md': apiPage(ROUTES),
    'core/api/generated/access.ts': accessTable(ROUTES),
    'core/api/generated/answers.ts': apiTypes(document),
    'core/api/generated/bodies.ts': bodyTypes(document),
  }
}

/** Paths whose file is not what would be generated now. */
export async function outdated(): Promise<string[]> {
  return Object.entries(await generated()).flatMap(([path, content]) => {
    try {
      return readFileSync(join(ROOT, path), 'utf8') === content ? [] : [path]
    } catch {
      return [path]
    }
  })
}

if (import.meta.main) {
  const paths = await outdated()
  if (process.argv.includes('--check')) {
    for (const path of paths) process.stderr.write(`${path} is out of date: run node scripts/reference/main.ts\n`)
    process.exitCode = paths.length > 0 ? 1 : 0
  } else {
    const files = await generated()
    for (const path of paths) {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true })
      writeFileSync(join(ROOT, path), files[path]!)
      process.stdout.write(`wrote ${path}\n`)
    }
  }
}
