// The parts of Node's standard library that workerd offers too (nodejs_compat) and that objects use: both are synchronous,
// so that an object's step from reading to writing has no gap in it.
declare module 'node:zlib' {
  export function gzipSync(
    data: Uint8Array,
    options?: { level?: number; windowBits?: number; memLevel?: number },
  ): Uint8Array<ArrayBuffer>
  export function gunzipSync(data: Uint8Array): Uint8Array<ArrayBuffer>
}

declare module 'node:crypto' {
  interface Hash {
    update(data: string | Uint8Array): Hash
    digest(encoding: 'hex' | 'base64url'): string
  }
  export function createHash(algorithm: 'sha256'): Hash
  interface Cipher {
    setAAD(data: Uint8Array): Cipher
    update(data: Uint8Array): Uint8Array
    final(): Uint8Array
    getAuthTag(): Uint8Array
  }
  interface Decipher {
    setAAD(data: Uint8Array): Decipher
    setAuthTag(tag: Uint8Array): Decipher
    update(data: Uint8Array): Uint8Array
    /** @throws Error where the tag does not fit */
    final(): Uint8Array
  }
  export function createCipheriv(algorithm: 'aes-256-gcm', key: Uint8Array, iv: Uint8Array): Cipher
  export function createDecipheriv(algorithm: 'aes-256-gcm', key: Uint8Array, iv: Uint8Array): Decipher
  export function hkdfSync(
    digest: 'sha256',
    key: Uint8Array,
    salt: Uint8Array,
    info: string,
    bytes: number,
  ): ArrayBuffer
  export function createHmac(algorithm: 'sha256', key: string | Uint8Array): Hash
}
