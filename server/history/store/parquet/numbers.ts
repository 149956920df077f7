/** Columns of numbers as typed arrays. */
import { codeAt, readCodes } from './codes.ts';
import { type ColumnChunk, ENCODING, PAGE, PHYSICAL } from './footer.ts';
import { pagesOf } from './pages.ts';
import { BadParquet } from './thrift.ts';

/**
 * Rows `from` to `to - 1`.
 * @param stored bytes of the chunk, from `offset` on
 * @param room taken for them where it is long enough
 */
export function numberColumn(
  chunk: ColumnChunk,
  stored: Buffer,
  [from, to]: readonly [number, number],
  room?: Float64Array,
): Float64Array {
  const length = to - from;
  const hasRoom = room !== undefined && room.length >= length;
  const values = hasRoom ? room.subarray(0, length) : new Float64Array(length);
  let dictionary = new Float64Array(0);
  let row = 0;
  for (const page of pagesOf(chunk, stored)) {
    if (page.kind === PAGE.dictionary) {
      dictionary = new Float64Array(page.count);
      plainNumbers(chunk.physical, page.bytes(), [0, page.count], dictionary);
      continue;
    }
    const part = [Math.max(from - row, 0), Math.min(to - row, page.count)] as const;
    if (part[0] < part[1]) {
      const into = values.subarray(row + part[0] - from, row + part[1] - from);
      if (page.encoding === ENCODING.plain) {
        plainNumbers(chunk.physical, page.bytes(), part, into);
      } else fillFrom(dictionary, page.bytes(), into, [...part, page.count]);
    }
    row += page.count;
  }
  if (row !== chunk.values) throw new BadParquet(`${row} values in place of ${chunk.values}`);
  return values;
}

/**
 * A few rows, ascending, without unpacking those in between.
 * @param stored bytes of the chunk, from `offset` on
 */
export function numbersAt(
  chunk: ColumnChunk,
  stored: Buffer,
  rows: readonly number[],
): Float64Array {
  const values = new Float64Array(rows.length);
  let dictionary = new Float64Array(0);
  let row = 0;
  let next = 0;
  for (const { kind, encoding, count, bytes: unpack } of pagesOf(chunk, stored)) {
    if (kind === PAGE.dictionary) {
      dictionary = new Float64Array(count);
      plainNumbers(chunk.physical, unpack(), [0, count], dictionary);
      continue;
    }
    const end = row + count;
    if (next === rows.length || rows[next] >= end) {
      row = end;
      continue;
    }
    const bytes = unpack();
    if (encoding === ENCODING.plain) {
      for (; next < rows.length && rows[next] < end; next++) {
        const at = rows[next] - row;
        plainNumbers(chunk.physical, bytes, [at, at + 1], values.subarray(next, next + 1));
      }
      row = end;
      continue;
    }
    const take = (length: number, codeOf: (i: number) => number) => {
      for (; next < rows.length && rows[next] < row + length; next++) {
        values[next] = dictionary[codeOf(rows[next] - row)] ?? Number.NaN;
      }
      row += length;
    };
    readCodes(bytes, count, {
      run: (code, length) => take(length, () => code),
      packed: (at, bits, length) => take(length, i => codeAt(bytes, 8 * at + i * bits, bits)),
    });
  }
  return values;
}

/** `into[i]` = dictionary entry of row `from + i` of the page of `count` rows. */
function fillFrom(
  dictionary: Float64Array,
  bytes: Buffer,
  into: Float64Array,
  [from, to, count]: readonly [number, number, number],
) {
  let row = 0;
  readCodes(bytes, count, {
    run(code, count) {
      if (code >= dictionary.length) throw new BadParquet('a code without an entry');
      into.fill(dictionary[code], Math.max(row - from, 0), Math.max(row + count - from, 0));
      row += count;
    },
    packed(at, bits, count) {
      const first = Math.max(from - row, 0);
      const end = Math.min(count, to - row);
      const packed = { bytes, bit: 8 * at + first * bits, bits };
      if (first < end) lookUp(packed, dictionary, into, [row + first - from, row + end - from]);
      row += count;
    },
  });
}

interface Packed {
  readonly bytes: Uint8Array;
  /** Where the first code begins. */
  readonly bit: number;
  readonly bits: number;
}

/** `into[first + i]` = `dictionary[codeAt(bytes, bit + i * bits, bits)]`, worked out in place. */
function lookUp(
  packed: Packed,
  dictionary: Float64Array,
  into: Float64Array,
  [first, end]: readonly [number, number],
) {
  const { bytes, bits } = packed;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mask = (1 << bits) - 1;
  let greatest = 0;
  let bit = packed.bit;
  // Up to here four bytes can be read at once.
  const whole = Math.min(
    end,
    first + Math.floor((8 * (bytes.length - 4) - bit) / Math.max(1, bits)),
  );
  let i = first;
  for (; i < whole; i++) {
    const code = (view.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask;
    if (code > greatest) greatest = code;
    into[i] = dictionary[code];
    bit += bits;
  }
  for (; i < end; i++) {
    const code = codeAt(bytes, bit, bits);
    if (code > greatest) greatest = code;
    into[i] = dictionary[code];
    bit += bits;
  }
  if (greatest >= dictionary.length) throw new BadParquet('a code without an entry');
}

/** `into[i]` = value `from + i` of a page. */
function plainNumbers(
  physical: number,
  page: Buffer,
  [from, to]: readonly [number, number],
  into: Float64Array,
) {
  const width = physical === PHYSICAL.int32 ? 4 : 8;
  if (page.length < width * to) throw new BadParquet('a page with too few values');
  // Copied to where a word may begin; for doubles that is all there is to do.
  const isDouble = physical === PHYSICAL.double;
  const room = isDouble ? into : new Float64Array(Math.ceil((width * (to - from)) / 8));
  const target = new Uint8Array(room.buffer, room.byteOffset, width * (to - from));
  target.set(page.subarray(width * from, width * to));
  if (isDouble) return;
  const words = new Uint32Array(room.buffer, room.byteOffset, ((to - from) * width) / 4);
  if (physical === PHYSICAL.int32) {
    for (let i = 0; i < to - from; i++) into[i] = words[i];
  } else if (physical === PHYSICAL.int64) {
    for (let i = 0; i < to - from; i++) into[i] = words[2 * i] + (words[2 * i + 1] | 0) * 2 ** 32;
  } else throw new BadParquet(`numbers of type ${physical}`);
}
