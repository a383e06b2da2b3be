// Makes one command enough on a fresh clone: installs what is missing, then runs the given TypeScript file on a Node that is new
// enough. Plain JavaScript for Node 18+, no dependencies, because nothing is installed yet.
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOnNode } from '../cli/bin/node-runtime.mjs'
import { installOnce } from './install-once.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
installOnce(root)

const words = process.argv.slice(2)
const lean = words[0] === '--lean'
const [script, ...args] = lean ? words.slice(1) : words
runOnNode({ root, script: resolve(root, script), args, lean })
