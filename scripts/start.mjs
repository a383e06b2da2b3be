// `npm start`: builds what is missing, then serves from the build. Plain JavaScript, and nothing of ours from its source: what compiles
// TypeScript would stay in the server's memory.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = spawnSync(process.execPath, [join(root, 'scripts/build.ts')], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
})
if (built.status !== 0) process.exit(built.status ?? 1)
await import(pathToFileURL(join(root, 'dist/cli/npm-start.mjs')).href)
