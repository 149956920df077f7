/**
 * Remote-write messages from objects, for benchmarks and tests: every field that a sender may set.
 * What the service itself sends is made by `server/forward/write-message.ts`.
 */

export interface SeriesToWrite {
  /** In the order they go on the wire, `__name__` among them. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly { readonly value: number | 'stale'; readonly atMs: number }[];
  readonly histograms?: number;
  readonly exemplars?: number;
}

const STALE = Buffer.from([0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f]);

/** An integer as a varint; negative ones take ten bytes, as protobuf's int64 does. */
export function varint(value: number): Buffer {
  let left = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(left)]);
}

export function delimited(field: number, body: Uint8Array): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function double(field: number, value: number | 'stale'): Buffer {
  const bytes = Buffer.alloc(8);
  if (value === 'stale') STALE.copy(bytes);
  else bytes.writeDoubleLE(value);
  return Buffer.concat([varint((field << 3) | 1), bytes]);
}

/** A sample; zeros are left out, as protobuf 3 does. */
function sample({ value, atMs }: SeriesToWrite['samples'][number]): Buffer {
  const parts = Object.is(value, 0) ? [] : [double(1, value)];
  return Buffer.concat(atMs === 0 ? parts : [...parts, integer(2, atMs)]);
}

/** A histogram with a count, a sum and a time: enough to be one. */
const histogram = () => Buffer.concat([integer(1, 3), double(3, 1.5), integer(15, 1)]);

export function encodeWriteV1(series: readonly SeriesToWrite[]): Buffer {
  const label = ([name, value]: readonly [string, string]) =>
    delimited(
      1,
      Buffer.concat([delimited(1, Buffer.from(name)), delimited(2, Buffer.from(value))]),
    );
  const exemplar = Buffer.concat([label(['trace_id', 'abc']), double(2, 1), integer(3, 1)]);
  return Buffer.concat(
    series.map(({ labels, samples, histograms = 0, exemplars = 0 }) =>
      delimited(
        1,
        Buffer.concat([
          ...labels.map(label),
          ...samples.map(each => delimited(2, sample(each))),
          ...Array.from({ length: exemplars }, () => delimited(3, exemplar)),
          ...Array.from({ length: histograms }, () => delimited(4, histogram())),
        ]),
      ),
    ),
  );
}

export function encodeWriteV2(series: readonly SeriesToWrite[]): Buffer {
  const symbols = new Map<string, number>([['', 0]]);
  const reference = (text: string) => {
    const known = symbols.get(text);
    if (known !== undefined) return known;
    symbols.set(text, symbols.size);
    return symbols.size - 1;
  };
  const bodies = series.map(({ labels, samples, histograms = 0, exemplars = 0 }) =>
    Buffer.concat([
      delimited(1, Buffer.concat(labels.flat().map(text => varint(reference(text))))),
      ...samples.map(each => delimited(2, sample(each))),
      ...Array.from({ length: histograms }, () => delimited(3, histogram())),
      ...Array.from({ length: exemplars }, () => delimited(4, double(2, 1))),
      delimited(5, Buffer.concat([integer(1, 2), integer(3, reference('help'))])),
    ]),
  );
  return Buffer.concat([
    ...[...symbols.keys()].map(text => delimited(4, Buffer.from(text))),
    ...bodies.map(body => delimited(5, body)),
  ]);
}
