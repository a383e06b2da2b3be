// Ids of called runs: the same for the same parent, step, DAG and parameters, so that a retry finds its children again.

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Base58 (as Bitcoin's) of bytes given in hex. */
export function base58(hex: string): string {
  let value = BigInt(`0x${hex}`)
  let text = ''
  for (; value > 0n; value /= 58n) text = ALPHABET[Number(value % 58n)] + text
  const zeros = /^(?:00)*/.exec(hex)![0].length / 2
  return ALPHABET[0]!.repeat(zeros) + text
}

export interface ChildIdentity {
  parentRunId: string
  step: string
  dag: string
  params: string
  /** Repetition of the step, from 0. */
  iteration: number
}

/** Semantics 16: base58 of SHA-256 over parent run, step, DAG, NUL and parameters; a repetition adds its number. */
export function childRunId(of: ChildIdentity, sha256: (text: string) => string): string {
  const again = of.iteration === 0 ? '' : `\0${of.iteration}`
  return base58(sha256(`${of.parentRunId}${of.step}${of.dag}\0${of.params}${again}`))
}

/** What stands for parameters that nobody may see: a keyed digest of them (core/vault/sealed-params.ts). */
export const sealedIdentity = (tag: string): string => `\0${tag}`
