// What this machine itself costs at this moment, measured in a small process of its own: Node's bare spawn of `true`,
// and a write with fdatasync on the disk of the folder given. Prints one line of JSON with medians in milliseconds.
import { spawn } from 'node:child_process'
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const [what, count, dir] = process.argv.slice(2)
const n = Number(count)
const times = []

async function spawnOnce() {
  await new Promise(resolve => spawn('/bin/true', { stdio: 'ignore' }).on('exit', resolve))
}

if (what === 'spawn') {
  // `big`: a parent of 80 MB, as an agent is. Fork copies the tables of its memory, and an engine that spawns by itself pays that.
  if (dir === 'big') globalThis.ballast = Buffer.alloc(35 * 1024 * 1024, 1)
  for (let i = 0; i < 5; i++) await spawnOnce()
  for (let i = 0; i < n; i++) {
    const from = performance.now()
    await spawnOnce()
    times.push(performance.now() - from)
  }
} else {
  const file = join(dir, '.fsync-probe')
  const fd = openSync(file, 'w')
  const page = Buffer.alloc(4096, 1)
  for (let i = 0; i < n; i++) {
    const from = performance.now()
    writeSync(fd, page, 0, page.length, i * 4096)
    fdatasyncSync(fd)
    times.push(performance.now() - from)
  }
  closeSync(fd)
  rmSync(file)
}
const mean = times.reduce((a, b) => a + b, 0) / times.length
times.sort((a, b) => a - b)
console.log(JSON.stringify({ p50: times[Math.floor(times.length / 2)], mean }))
