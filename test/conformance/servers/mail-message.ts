// A received message, decoded far enough to be compared: headers, the text, and what is attached.

export interface ReceivedMail {
  from: string
  to: string[]
  subject: string
  /** Text of the first part that is no attachment, decoded. */
  body: string
  attachments: { name: string; text: string }[]
  /** Names in lower case. */
  headers: Record<string, string>
}

interface Part {
  headers: Record<string, string>
  body: string
}

const bare = (address: string): string => /<([^>]+)>/.exec(address)?.[1] ?? address.trim()

function split(text: string): Part {
  const at = text.indexOf('\r\n\r\n')
  const head = (at < 0 ? text : text.slice(0, at)).replace(/\r\n[ \t]+/g, ' ')
  const headers: Record<string, string> = {}
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { headers, body: at < 0 ? '' : text.slice(at + 4) }
}

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text
      .replace(/=\r?\n/g, '')
      .replace(/[^ -~\s]/gu, character => encodeURIComponent(character).replaceAll('%', '='))
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

function decoded({ headers, body }: Part): string {
  const encoding = (headers['content-transfer-encoding'] ?? '').toLowerCase()
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  return (encoding === 'quoted-printable' ? quotedPrintable(body).toString('utf8') : body).replaceAll('\r\n', '\n')
}

/** Words such as `=?utf-8?B?...?=` of a header. */
const decodedHeader = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?[^?]+\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : quotedPrintable(word.replaceAll('_', ' ')).toString('utf8'),
    )

function leaves(part: Part): Part[] {
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/is.exec(part.headers['content-type'] ?? '')?.[1]
  if (boundary === undefined) return [part]
  return part.body
    .split(`--${boundary}`)
    .slice(1)
    .filter(text => !text.startsWith('--'))
    .flatMap(text => leaves(split(text.replace(/^\r\n/, '').replace(/\r\n$/, ''))))
}

/** Reads a message as it came over SMTP; `from` and `to` are those of its envelope. */
export function parseMail(text: string, from: string, to: string[]): ReceivedMail {
  const whole = split(text)
  const parts = leaves(whole)
  const isAttached = (part: Part) => /^attachment/i.test(part.headers['content-disposition'] ?? '')
  const first = parts.find(part => !isAttached(part))
  return {
    from: bare(whole.headers.from ?? from),
    to,
    subject: decodedHeader(whole.headers.subject ?? ''),
    body: first ? decoded(first) : '',
    attachments: parts.filter(isAttached).map(part => ({
      name: /filename="?([^";]+)"?/i.exec(part.headers['content-disposition'] ?? '')?.[1] ?? '',
      text: decoded(part),
    })),
    headers: whole.headers,
  }
}
