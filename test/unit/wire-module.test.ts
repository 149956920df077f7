/** The WebAssembly module is that of its source, and what it shares memory with keeps to its own. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Arena } from '../../server/ingest/wire/arena.ts';
import { compile, sourceDigest } from '../../server/ingest/wire/build.ts';
import { Wire } from '../../server/ingest/wire/wire.ts';
import { SOURCE_DIGEST, WIRE_MODULE } from '../../server/ingest/wire/wire-bytes.ts';

test('the module was made since its source was changed', () => {
  assert.equal(SOURCE_DIGEST, sourceDigest(), 'run `npm run build:wire`');
});

const skip = process.env.CI !== 'true' && 'its compiler is fetched in CI only (CI=true)';

test('compiling the source gives the module, byte for byte', { skip }, () => {
  assert.equal(compile().toString('base64'), WIRE_MODULE);
});

test('what is taken from an arena is zeros, its own, and stays where it is', () => {
  const act = fc.record({ bytes: fc.integer({ min: 0, max: 300_000 }), give: fc.boolean() });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), acts => {
      const arena = new Arena();
      const held: { bytes: Uint8Array; mark: number }[] = [];
      for (const [i, { bytes: count, give }] of acts.entries()) {
        if (give && held.length > 0) arena.give(held.shift()!.bytes);
        const bytes = arena.take(count);
        assert.ok(bytes.byteOffset > 0 && bytes.byteOffset % 8 === 0);
        assert.ok(bytes.every(byte => byte === 0));
        held.push({ bytes: bytes.fill(i + 1), mark: i + 1 });
      }
      for (const { bytes, mark } of held) assert.ok(bytes.every(byte => byte === mark));
    }),
    { numRuns: 50 },
  );
});

test('what is given back serves again: taking and giving does not grow an arena', () => {
  const arena = new Arena();
  for (let i = 0; i < 10; i++) arena.give(arena.take(5 * 2 ** 20));
  const before = arena.memory.buffer.byteLength;
  for (let i = 0; i < 1000; i++) {
    const pieces = [arena.take(2 ** 20), arena.take(2 ** 20), arena.take(70_000)];
    for (const piece of pieces) arena.give(piece);
  }
  assert.ok(arena.memory.buffer.byteLength <= before + 2 ** 23);
});

test('views made before an arena grew see what is written to it after', () => {
  const arena = new Arena();
  const early = arena.take(16);
  arena.take(40 * 2 ** 20);
  new Uint8Array(arena.memory.buffer)[early.byteOffset] = 7;
  assert.equal(early[0], 7);
});

test('a block that makes more than it claims leaves what lies behind its place alone', () => {
  const wire = new Wire();
  const output = wire.arena.take(64);
  const behind = wire.arena.take(8192).fill(0xaa);
  const literal = (length: number) => [61 << 2, (length - 1) & 0xff, (length - 1) >> 8];
  const copyOf64 = (offset: number) => [(63 << 2) | 2, offset, 0];
  const blocks = [
    Buffer.from([...literal(3000), ...Array(3000).fill(1)]),
    ...[1, 8, 16, 40].map(offset =>
      Buffer.from([
        ...literal(60),
        ...Array(60).fill(1),
        ...Array(90).fill(copyOf64(offset)).flat(),
      ]),
    ),
  ];
  for (const block of blocks) {
    assert.equal(wire.decode(block, output, 64), false);
    assert.ok(behind.every(byte => byte === 0xaa));
  }
});
