/** The snappy decoder beside a plain one: the same bytes, or the same fault. */
import assert from 'node:assert/strict';
import { SnappyBlock } from '../../../server/ingest/snappy.ts';
import { Wire } from '../../../server/ingest/wire/wire.ts';
import { encodeSnappy } from '../../../server/remote-write/snappy-encoder.ts';
import { naiveSnappy } from '../naive-snappy.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const MAX_BYTES = 4096;

/** Elements by chance, with the size that they come to or nearly. */
function block(random: Random): Buffer {
  const parts: number[] = [];
  let size = 0;
  for (let elements = random.length(12); elements > 0; elements--) {
    const length = 1 + random.length(70);
    const offset = 1 + random.int(Math.max(1, size + (random.isOneIn(20) ? 2 : 0)));
    const kind = size === 0 ? 0 : random.int(4);
    if (kind === 0) {
      parts.push(...literalTag(length, random.int(5)));
      for (let i = 0; i < length; i++) parts.push(random.int(256));
      size += length;
    } else if (kind === 1) {
      const short = 4 + random.int(8);
      const near = Math.min(offset, 2047);
      parts.push(1 | ((short - 4) << 2) | ((near >> 8) << 5), near & 0xff);
      size += short;
    } else {
      const copied = Math.min(64, length);
      const high = kind === 3 ? [0, 0] : [];
      parts.push(kind | ((copied - 1) << 2), offset & 0xff, (offset >> 8) & 0xff, ...high);
      size += copied;
    }
  }
  const stated = random.isOneIn(10) ? size + random.int(3) - 1 : size;
  return Buffer.from([...varint(Math.max(0, stated)), ...parts]);
}

/** With its length in as many bytes as told, if they are enough. */
function literalTag(length: number, bytes: number): number[] {
  if (bytes === 0 && length <= 60) return [(length - 1) << 2];
  const count = Math.max(1, bytes);
  const extra = Array.from({ length: count }, (_, i) => (i === 0 ? length - 1 : 0));
  return [(59 + count) << 2, ...extra];
}

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)];

const output = new SnappyBlock(new Wire());

export const snappyTarget: Target = {
  name: 'snappy',
  maxBytes: 600,
  corpus: ['', 'a', 'abcdabcdabcdabcd', 'gpu="0",Hostname="a",'.repeat(20), '\0'.repeat(300)].map(
    text => encodeSnappy(Buffer.from(text)),
  ),
  generate: block,
  check(input) {
    const naive = naiveSnappy(input, MAX_BYTES);
    const fault = output.decode(input, MAX_BYTES);
    if (typeof naive === 'string') assert.equal(fault, naive);
    else {
      assert.equal(fault, undefined);
      assert.ok(output.bytes.buffer.subarray(0, output.length).equals(naive), 'other bytes');
    }
  },
};
