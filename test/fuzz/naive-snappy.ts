/** A plain decoder of snappy blocks, straight from the description of the format. */
type NaiveBlock = 'tooLarge' | 'corrupt' | Buffer;

export function naiveSnappy(source: Uint8Array, maxBytes: number): NaiveBlock {
  const bytes = [...source];
  let size = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes.shift();
    if (byte === undefined || factor > 128 ** 4) return 'corrupt';
    size += (byte % 128) * factor;
    if (byte < 128) break;
  }
  if (size > maxBytes) return 'tooLarge';
  const out: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const element = elementAt(bytes, at, out.length);
    if (element === undefined) return 'corrupt';
    const { from, offset, length, next } = element;
    if (out.length + length > size) return 'corrupt';
    for (let i = 0; i < length; i++) out.push(from ? from[i] : out[out.length - offset]);
    at = next;
  }
  return out.length === size ? Buffer.from(out) : 'corrupt';
}

interface Element {
  /** Of a literal. */
  readonly from?: readonly number[];
  /** Of a copy. */
  readonly offset: number;
  readonly length: number;
  readonly next: number;
}

function elementAt(bytes: readonly number[], at: number, outLength: number): Element | undefined {
  const tag = bytes[at];
  const upper = Math.floor(tag / 4);
  const kind = tag % 4;
  const extraBytes = kind === 0 ? Math.max(0, upper - 59) : [0, 1, 2, 4][kind];
  const extra = bytes.slice(at + 1, at + 1 + extraBytes);
  if (extra.length < extraBytes) return undefined;
  const number = extra.reduceRight((sum, byte) => sum * 256 + byte, 0);
  const next = at + 1 + extraBytes;
  if (kind === 0) {
    const length = (extraBytes === 0 ? upper : number) + 1;
    if (next + length > bytes.length) return undefined;
    return { from: bytes.slice(next, next + length), offset: 0, length, next: next + length };
  }
  const offset = kind === 1 ? Math.floor(upper / 8) * 256 + number : number;
  if (offset === 0 || offset > outLength) return undefined;
  return { offset, length: kind === 1 ? (upper % 8) + 4 : upper + 1, next };
}
