import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { SnappyBlock } from '../../server/ingest/snappy.ts';
import { Wire } from '../../server/ingest/wire/wire.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';

const LIMIT = 1 << 20;

function decoded(block: Uint8Array): string {
  const output = new SnappyBlock(new Wire());
  assert.equal(output.decode(block, LIMIT), undefined);
  return output.bytes.buffer.toString('latin1', 0, output.length);
}

/** A block by hand: the size it claims, then elements. */
const block = (size: number, ...elements: (number | string)[]) =>
  Buffer.concat([size, ...elements].map(e => Buffer.from(typeof e === 'string' ? e : [e])));

/** The same for a size of two bytes, 70 to 16,383. */
const block2 = (size: number, ...elements: (number | string)[]) =>
  size < 128 ? block(size, ...elements) : block((size & 0x7f) | 0x80, size >> 7, ...elements);

/** Tag of a literal, and of copies with one, two and four bytes of offset. */
const literal = (length: number) => (length - 1) << 2;
const copy1 = (length: number, offset: number) => [
  1 | ((length - 4) << 2) | ((offset >> 8) << 5),
  offset & 0xff,
];
const copy2 = (length: number, offset: number) => [
  2 | ((length - 1) << 2),
  offset & 0xff,
  offset >> 8,
];
const copy4 = (length: number, offset: number) => [
  3 | ((length - 1) << 2),
  ...[offset & 0xff, offset >> 8, 0, 0],
];

test('every kind of element', () => {
  assert.equal(decoded(block(0)), '');
  assert.equal(decoded(block(3, literal(3), 'abc')), 'abc');
  assert.equal(decoded(block(8, literal(4), 'abcd', ...copy1(4, 4))), 'abcdabcd');
  assert.equal(decoded(block(9, literal(4), 'abcd', ...copy2(5, 4))), 'abcdabcda');
  assert.equal(decoded(block(6, literal(4), 'abcd', ...copy4(2, 3))), 'abcdbc');
});

test('a copy that overlaps itself repeats', () => {
  assert.equal(decoded(block(12, literal(2), 'ab', ...copy2(10, 2))), 'abababababab');
  assert.equal(decoded(block(65, literal(1), 'x', ...copy2(64, 1))), 'x'.repeat(65));
  assert.equal(
    decoded(block(29, literal(9), 'abcdefghi', ...copy2(20, 9))).slice(18),
    'abcdefghiab',
  );
});

test('copies of every length from every distance, at the end of the block and before another', () => {
  const text = Array.from({ length: 70 }, (_, i) => String.fromCharCode(33 + i)).join('');
  for (let offset = 1; offset <= 70; offset++) {
    for (let length = 1; length <= 64; length++) {
      let expected = text;
      for (let i = 0; i < length; i++) expected += expected.at(-offset);
      const head = [...[60 << 2, 69], text, ...copy2(length, offset)];
      assert.equal(decoded(block2(70 + length, ...head)), expected);
      // What a copy writes beyond its length must be gone.
      const both = [...head, literal(3), 'end'];
      assert.equal(decoded(block2(73 + length, ...both)), `${expected}end`);
    }
  }
});

test('literals with longer lengths', () => {
  const text = 'y'.repeat(70_000);
  const sizes = [0xf0, 0xa2, 0x04];
  const threeBytes = Buffer.from([...sizes, 62 << 2, 0x6f, 0x11, 0x01]);
  assert.equal(decoded(Buffer.concat([threeBytes, Buffer.from(text)])), text);
  assert.equal(
    decoded(Buffer.concat([Buffer.from([61, 60 << 2, 60]), Buffer.from(text.slice(0, 61))])),
    text.slice(0, 61),
  );
});

test('what the encoder makes comes back', () => {
  const output = new SnappyBlock(new Wire());
  const repetitive = fc
    .array(fc.constantFrom('gpu="0",', 'Hostname="a"', 'x', '\u0000'), { maxLength: 400 })
    .map(parts => Buffer.from(parts.join('')));
  const any = fc.uint8Array({ maxLength: 3000 }).map(bytes => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(any, repetitive), bytes => {
      assert.equal(output.decode(encodeSnappy(bytes), LIMIT), undefined);
      assert.ok(output.bytes.buffer.subarray(0, output.length).equals(bytes));
    }),
  );
});

test('no bytes throw, and a cut block is corrupt', () => {
  const output = new SnappyBlock(new Wire());
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const fault = output.decode(bytes, LIMIT);
      assert.ok(fault === undefined || fault === 'corrupt' || fault === 'tooLarge');
    }),
    { numRuns: 2000 },
  );
  const whole = encodeSnappy(Buffer.from('abcdefgh'.repeat(50) + Math.PI));
  for (let length = 0; length < whole.length; length++) {
    assert.equal(output.decode(whole.subarray(0, length), LIMIT), 'corrupt');
  }
});

test('offsets and lengths beyond what there is are corrupt', () => {
  const output = new SnappyBlock(new Wire());
  const broken = [
    block(8, literal(4), 'abcd', ...copy1(4, 5)),
    block(8, literal(4), 'abcd', ...copy1(4, 0)),
    block(7, literal(4), 'abcd', ...copy1(4, 4)),
    block(9, literal(4), 'abcd', ...copy1(4, 4)),
    block(4, literal(5), 'abcd'),
    block(4, literal(4), 'abcd', literal(1)),
    block(4, 63 << 2, 0xff, 0xff, 0xff, 0xff, 'abcd'),
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ];
  for (const each of broken) assert.notEqual(output.decode(each, LIMIT), undefined);
});

test('a bomb is refused before memory is taken', () => {
  const output = new SnappyBlock(new Wire());
  const claims = (bytes: number[]) => Buffer.from([...bytes, literal(1), 0]);
  // 2 GiB claimed: more than allowed, and more than so few bytes can hold.
  const huge = claims([0x80, 0x80, 0x80, 0x80, 0x08]);
  assert.equal(output.decode(huge, LIMIT), 'tooLarge');
  assert.equal(output.decode(huge, 2 ** 32), 'corrupt');
  assert.equal(output.bytes.length, 0);
});

test('the output is reused, and grows when it must', () => {
  const output = new SnappyBlock(new Wire());
  assert.equal(output.decode(encodeSnappy(Buffer.from('first, longer')), LIMIT), undefined);
  const { bytes } = output;
  assert.equal(output.decode(encodeSnappy(Buffer.from('second')), LIMIT), undefined);
  assert.equal(output.bytes, bytes);
  assert.equal(output.length, 6);
  const large = Buffer.alloc(100_000, 'z');
  assert.equal(output.decode(encodeSnappy(large), LIMIT), undefined);
  assert.ok(output.bytes.buffer.subarray(0, output.length).equals(large));
});
