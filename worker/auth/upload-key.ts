// Signatures of log uploads. Promise: whoever holds a run's upload key can put that run's segments and nothing else,
// and no token of an installation or of a person is needed for it on the host.
import type { LogSegmentName } from '../store/keys.ts'
import { base64urlOf, constantTimeEqual, fromBase64url, hexOf, hmac, utf8 } from './hash.ts'

/**
 * Key of one run, as base64url of HMAC-SHA256(signingKey, `upload/{runId}`). Derived, so nothing has to be stored.
 * The Run puts it into the context that it sends to the agent.
 */
export async function uploadKey(signingKey: string, runId: string): Promise<string> {
  return base64urlOf(await hmac(utf8(signingKey), `upload/${runId}`))
}

// Unambiguous although step names are free text: the run id has no slash, and the last three parts are of fixed kinds.
const signedText = (name: LogSegmentName): string =>
  `${name.runId}/${name.step}/${name.attempt}/${name.stream}/${name.seq}`

/** `x-edgedag-signature` of a segment: hex of HMAC-SHA256(decoded key, `{runId}/{step}/{attempt}/{stream}/{seq}`). */
export async function signUpload(key: string, name: LogSegmentName): Promise<string> {
  const bytes = fromBase64url(key)
  if (bytes === null) throw new Error('An upload key is base64url text')
  return hexOf(await hmac(bytes, signedText(name)))
}

/** True for the signature of exactly this segment. Without a signing key nothing is believed. */
export async function verifyUpload(signingKey: string, name: LogSegmentName, signature: string): Promise<boolean> {
  if (signingKey === '') return false
  const expected = await signUpload(await uploadKey(signingKey, name.runId), name)
  return constantTimeEqual(expected, signature.toLowerCase())
}
