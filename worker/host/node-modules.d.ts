// The parts of Node's standard library that workerd offers too (nodejs_compat) and that objects use: both are synchronous,
// so that an object's step from reading to writing has no gap in it.
declare module 'node:zlib' {
  export function gzipSync(data: Uint8Array, options?: { level?: number }): Uint8Array<ArrayBuffer>
  export function gunzipSync(data: Uint8Array): Uint8Array<ArrayBuffer>
}

declare module 'node:crypto' {
  interface Hash {
    update(data: string | Uint8Array): Hash
    digest(encoding: 'hex' | 'base64url'): string
  }
  export function createHash(algorithm: 'sha256'): Hash
  export function createHmac(algorithm: 'sha256', key: string | Uint8Array): Hash
}
