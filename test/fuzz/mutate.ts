/** Broken copies of inputs: what a bad wire, a bad sender and a bad will make of them. */
import type { Random } from './random.ts';

interface MutationSource {
  /** Inputs that others are spliced with. */
  readonly corpus: readonly Buffer[];
  /** Pieces that mean something in the format. */
  readonly tokens: readonly Buffer[];
  readonly maxBytes: number;
}

const BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x7b, 0x7d];

/** A few mutations on top of each other. */
export function mutate(input: Buffer, random: Random, source: MutationSource): Buffer {
  let bytes = input;
  for (let rounds = 1 + random.length(5); rounds > 0; rounds--) {
    bytes = random.pick(MUTATIONS)(bytes, random, source);
  }
  return bytes.length > source.maxBytes ? bytes.subarray(0, source.maxBytes) : bytes;
}

type Mutation = (input: Buffer, random: Random, source: MutationSource) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  (input, random) => changed(input, random, byte => byte ^ (1 << random.int(8))),
  (input, random) => changed(input, random, () => random.int(256)),
  (input, random) => changed(input, random, () => random.pick(BYTES)),
  // Lengths and small numbers: one more, one less.
  (input, random) => changed(input, random, byte => byte + (random.isOneIn(2) ? 1 : -1)),
  (input, random) => input.subarray(0, random.int(input.length + 1)),
  (input, random) => replaced(input, random, () => Buffer.alloc(0)),
  (input, random) => replaced(input, random, slice => Buffer.concat([slice, slice])),
  (input, random, { tokens }) =>
    tokens.length === 0 ? input : inserted(input, random, random.pick(tokens)),
  (input, random, { tokens }) =>
    tokens.length === 0 ? input : replaced(input, random, () => random.pick(tokens)),
  (input, random, { corpus }) => spliced(input, random, random.pick(corpus)),
  (input, random) => inserted(input, random, varint(random)),
  // A run of one byte, which is what makes slow patterns slow.
  (input, random, { maxBytes }) => {
    const length = random.length(Math.min(2000, maxBytes));
    return inserted(input, random, Buffer.alloc(length, random.pick(BYTES)));
  },
];

function changed(input: Buffer, random: Random, to: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const copy = Buffer.from(input);
  const at = random.int(copy.length);
  copy[at] = to(copy[at]);
  return copy;
}

function inserted(input: Buffer, random: Random, piece: Buffer): Buffer {
  const at = random.int(input.length + 1);
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)]);
}

function replaced(input: Buffer, random: Random, by: (slice: Buffer) => Buffer): Buffer {
  const at = random.int(input.length + 1);
  const end = at + random.length(input.length - at);
  return Buffer.concat([input.subarray(0, at), by(input.subarray(at, end)), input.subarray(end)]);
}

/** A slice of another input in place of one of this. */
function spliced(input: Buffer, random: Random, other: Buffer): Buffer {
  const at = random.int(other.length + 1);
  const end = at + random.length(other.length - at);
  return replaced(input, random, () => other.subarray(at, end));
}

/** A varint of any length, ten bytes and more among them. */
function varint(random: Random): Buffer {
  const bytes = Buffer.alloc(1 + random.int(11), random.isOneIn(2) ? 0xff : 0x80);
  bytes[bytes.length - 1] = random.int(0x80);
  return bytes;
}
