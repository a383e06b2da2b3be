// R2 behind the port's Blobs. Promise: a put never overwrites.
import type { Blobs } from './port.ts'

export function workerBlobs(bucket: R2Bucket): Blobs {
  return {
    async put(key, body) {
      return (await bucket.put(key, body, { onlyIf: { etagDoesNotMatch: '*' } })) !== null
    },
    async get(key, range) {
      const found = await bucket.get(key, range === undefined ? {} : { range })
      return found === null ? null : await found.arrayBuffer()
    },
    delete: keys => bucket.delete(keys),
    async list(prefix, after) {
      const listed = await bucket.list({ prefix, limit: 1000, ...(after === undefined ? {} : { startAfter: after }) })
      return listed.objects.map(object => object.key)
    },
  }
}
