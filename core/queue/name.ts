// What a queue may be called: any text of one line that an address can carry.

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is kept out
export const QUEUE_NAME = /^(?!\.{1,2}$)[^\u0000-\u001f\u007f]{1,255}$/
