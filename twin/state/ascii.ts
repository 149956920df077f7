/** Text within binary formats: the engine has no TextEncoder, and ids may hold any character. */

/** JSON as one byte a character; what is not ASCII becomes `\u` escapes, which JSON undoes. */
export function asciiJson(value: unknown): Uint8Array {
  const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const text = JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped);
  return Uint8Array.from(text, c => c.charCodeAt(0));
}

/** @throws SyntaxError when the bytes are no JSON */
export function parseAsciiJson(bytes: Uint8Array): unknown {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return JSON.parse(text);
}

/** Columns begin at multiples of 8 bytes, so that a view on them is possible. */
export const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;
