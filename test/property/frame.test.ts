import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeFrame, encodeFrame, type Frame } from '../../twin/state/frame.ts';

const section = fc
  .tuple(fc.nat(200), fc.nat(32), fc.array(fc.tuple(fc.nat(2 ** 32 - 1), fc.float(), fc.float())))
  .map(([signal, kind, rows]) => ({
    signal,
    kind,
    entities: Uint32Array.from(rows, row => row[0]),
    values: Float32Array.from(rows, row => row[1]),
    agesS: Float32Array.from(rows, row => row[2]),
    qualities: Uint8Array.from(rows, (_, i) => i % 5),
  }));

const frames: fc.Arbitrary<Frame> = fc.record(
  {
    snapshot: fc.boolean(),
    generation: fc.nat(2 ** 32 - 1),
    seq: fc.nat(2 ** 32 - 1),
    atMs: fc.double({ noNaN: true }),
    sections: fc.array(section, { maxLength: 4 }),
  },
  { noNullPrototype: true },
);

test('a frame decodes to what was encoded, wherever it lies in a buffer', () => {
  fc.assert(
    fc.property(frames, fc.nat(7), (frame, offset) => {
      const bytes = encodeFrame(frame);
      const network = new Uint8Array(bytes.length + offset);
      network.set(bytes, offset);
      assert.deepEqual(decodeFrame(network.subarray(offset)), frame);
    }),
  );
});

test('a frame that is cut off or is none is refused, never read past its end', () => {
  fc.assert(
    fc.property(frames, fc.double({ min: 0, max: 0.999 }), (frame, part) => {
      const bytes = encodeFrame(frame);
      const cut = bytes.slice(0, Math.floor(bytes.length * part));
      assert.throws(() => decodeFrame(cut), RangeError);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), noise => {
      assert.throws(() => decodeFrame(noise), RangeError);
    }),
  );
});

test('another version is refused by its number', () => {
  const bytes = encodeFrame({ snapshot: true, generation: 1, seq: 1, atMs: 0, sections: [] });
  bytes[4] = 9;
  assert.throws(() => decodeFrame(bytes), /version 9 is not 1/);
});
