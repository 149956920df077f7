/**
 * Texts that come over and over, among the labels of one part and the next: their names, the host,
 * the model. The same bytes mostly give the same string, which need not be made again.
 */
const PLACES = 1024;
/** Bytes of what is kept: a UUID is longer, and hardly comes back. */
const MAX_BYTES = 32;

const words: string[] = new Array(PLACES).fill('');

/** `buffer.toString('utf8', start, end)`. */
export function wordOf(buffer: Buffer, start: number, end: number): string {
  if (end - start > MAX_BYTES) return buffer.toString('utf8', start, end);
  let hash = 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ buffer[i], 0x01000193);
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
  const known = words[place];
  if (isWord(known, buffer, start, end)) return known;
  const word = buffer.toString('utf8', start, end);
  words[place] = word;
  return word;
}

/** Only ASCII is compared: each of its bytes is a character. */
function isWord(word: string, buffer: Buffer, start: number, end: number): boolean {
  if (word.length !== end - start) return false;
  for (let i = start; i < end; i++) {
    if (buffer[i] !== word.charCodeAt(i - start) || buffer[i] >= 0x80) return false;
  }
  return true;
}
