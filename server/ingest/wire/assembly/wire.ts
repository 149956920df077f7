/**
 * The two loops of remote write that run once for every few bytes, for WebAssembly: decoding a snappy
 * block, and taking the series that a sender sends in the order of last time. What either does not
 * take, the TypeScript beside it does; it says the same about everything that both can read.
 *
 * This is AssemblyScript: TypeScript with the machine's types. `npm run build:wire` makes
 * `../wire-bytes.ts` of it. Addresses and lengths are u32, and every one that comes from a sender is
 * compared with what is left before it is used. Reads may pass the end of what is read by up to 16
 * bytes and writes by up to 64: the arena leaves so much room behind everything.
 */

// ---- Snappy block format; source: google/snappy `format_description.txt`. ----

/** Elements, by the low two bits of the tag. */
const LITERAL: u32 = 0;
const COPY_1: u32 = 1;
const COPY_2: u32 = 2;
/** A literal's tag holds its length - 1; above this value, how many bytes hold it. */
const LONG_LITERAL: u32 = 59;

/** Decodes the elements in `[at, end)` to `out`. @returns whether they made exactly `size` bytes */
export function decode(at: u32, end: u32, out: u32, size: u32): bool {
  const stop = out + size;
  let to = out;
  while (at < end) {
    const tag: u32 = load<u8>(at++);
    const kind = tag & 3;
    if (kind == LITERAL) {
      let length = tag >>> 2;
      if (length > LONG_LITERAL) {
        const extraBytes = length - LONG_LITERAL;
        if (extraBytes > end - at) return false;
        length = littleEndian(at, extraBytes);
        at += extraBytes;
      }
      // The length less one is what stands there, and 2^32 - 1 of it must not become none.
      if (length >= end - at || length >= stop - to) return false;
      length++;
      if (length <= 16) v128.store(to, v128.load(at));
      else memory.copy(to, at, length);
      at += length;
      to += length;
      continue;
    }
    const offsetBytes: u32 = kind == COPY_1 ? 1 : kind == COPY_2 ? 2 : 4;
    if (offsetBytes > end - at) return false;
    let offset = littleEndian(at, offsetBytes);
    let length = (tag >>> 2) + 1;
    if (kind == COPY_1) {
      offset |= (tag >>> 5) << 8;
      length = ((tag >>> 2) & 7) + 4;
    }
    at += offsetBytes;
    if (offset == 0 || offset > to - out || length > stop - to) return false;
    repeat(to, offset, length);
    to += length;
  }
  return to == stop;
}

/** An unsigned integer of 1 to 4 bytes. */
@inline
function littleEndian(at: u32, bytes: u32): u32 {
  return load<u32>(at) & (0xffff_ffff >>> (32 - 8 * bytes));
}

/**
 * Copies `length` bytes, at most 64, from `offset` before `to`; they may overlap, and then repeat.
 * Whole steps of 16 bytes: the rest the next element overwrites.
 */
@inline
function repeat(to: u32, offset: u32, length: u32): void {
  const from = to - offset;
  if (offset < 16) {
    for (let i: u32 = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
    return;
  }
  v128.store(to, v128.load(from));
  if (length <= 16) return;
  v128.store(to + 16, v128.load(from + 16));
  if (length <= 32) return;
  v128.store(to + 32, v128.load(from + 32));
  v128.store(to + 48, v128.load(from + 48));
}

// ---- Series in the order of last time; source: prometheus/prometheus `prompb/remote.proto`. ----

/** Columns by series id, see `KeyTable` and `SeriesColumns`. */
let starts: u32 = 0;
let lengths: u32 = 0;
let spaces: u32 = 0;
let next: u32 = 0;
/** Addresses of the chunks that keys lie in. */
let chunks: u32 = 0;

export function useTable(_starts: u32, _lengths: u32, _spaces: u32, _next: u32, _chunks: u32): void {
  starts = _starts;
  lengths = _lengths;
  spaces = _spaces;
  next = _next;
  chunks = _chunks;
}

/** Columns of the samples that are taken, see `SampleBatch`. */
let series: u32 = 0;
let values: u32 = 0;
let times: u32 = 0;
let stale: u32 = 0;

export function useBatch(_series: u32, _values: u32, _times: u32, _stale: u32): void {
  series = _series;
  values = _values;
  times = _times;
  stale = _stale;
}

/** A place in a table is a chunk's number and an offset in it. */
const CHUNK_BITS: u32 = 20;
const IN_CHUNK: u32 = (1 << CHUNK_BITS) - 1;

/** Of a series in a request, of a sample in a series, and of the fields of a sample. */
const TIMESERIES: u8 = 0x0a;
const SAMPLE: u8 = 0x12;
const VALUE: u8 = 0x09;
const TIME: u8 = 0x10;
/** A sample with a value, and one that is zero, without their tag and length. */
const WITH_VALUE: u32 = 16;
const ZERO: u32 = 7;
/** The shortest series that is taken: its tag and length, and a sample that is zero. */
const SHORTEST: u32 = 2 + 2 + ZERO;
/** The bits of six bytes by which a varint says where it goes on; a time of 1971 to 2109 has six. */
const GO_ON: u64 = 0x8080_8080_8080;
const SIX_BYTES: u64 = 0x0080_8080_8080;

let taken: u32 = 0;

/** How many samples the last `take` took. */
export function takenCount(): u32 {
  return taken;
}

/**
 * Takes series from `at` on, as long as each is the expected one (first `id`, then the one that
 * followed it last time), in this space, with one sample of one of the two forms that samples nearly
 * always have.
 * @param from place in the batch of the first sample; it takes no more than up to `room`
 * @returns where the first series begins that was not taken, or the end
 */
export function take(at: u32, end: u32, id: i32, space: i32, from: u32, room: u32): u32 {
  let row = from;
  while (row < room && id >= 0 && end - at >= SHORTEST && load<u8>(at) == TIMESERIES) {
    let body = at + 2;
    let length: u32 = load<u8>(at + 1);
    if (length >= 0x80) {
      const high: u32 = load<u8>(body++);
      if (high >= 0x80) break;
      length = (length & 0x7f) | (high << 7);
    }
    if (length > end - body) break;
    const bodyEnd = body + length;
    const keyLength: u32 = load<u16>(lengths + (id << 1));
    if (keyLength > length || load<i32>(spaces + (id << 2)) != space) break;
    const start: u32 = load<u32>(starts + (id << 2));
    const key = load<u32>(chunks + ((start >>> CHUNK_BITS) << 2)) + (start & IN_CHUNK);
    if (!isSame(body, key, keyLength)) break;
    if (!takeSample(body + keyLength, bodyEnd, row)) break;
    store<i32>(series + (row << 2), id);
    row++;
    id = load<i32>(next + (id << 2));
    at = bodyEnd;
  }
  taken = row - from;
  return at;
}

/** Takes the sample that is all of `[at, end)`. @returns false for any other form, and for a NaN */
@inline
function takeSample(at: u32, end: u32, row: u32): bool {
  const length = end - at - 2;
  if (length != WITH_VALUE && length != ZERO) return false;
  if (load<u8>(at) != SAMPLE || load<u8>(at + 1) != length) return false;
  let value: f64 = 0;
  if (length == WITH_VALUE) {
    value = load<f64>(at + 3);
    if (load<u8>(at + 2) != VALUE || value != value) return false;
  }
  const time = load<u64>(end - 6);
  if (load<u8>(end - 7) != TIME || (time & GO_ON) != SIX_BYTES) return false;
  store<f64>(values + (row << 3), value);
  store<f64>(times + (row << 3), <f64>(<i64>sevens(time)));
  store<u8>(stale + row, 0);
  return true;
}

/** The low seven bits of each of six bytes. */
@inline
function sevens(bytes: u64): u64 {
  return (
    (bytes & 0x7f) |
    ((bytes >>> 1) & (0x7f << 7)) |
    ((bytes >>> 2) & (0x7f << 14)) |
    ((bytes >>> 3) & (0x7f << 21)) |
    ((bytes >>> 4) & (0x7f << 28)) |
    ((bytes >>> 5) & (0x7f << 35))
  );
}

/** 16 bytes a step, and the last 16 once more instead of what is left over. */
@inline
function isSame(a: u32, b: u32, length: u32): bool {
  if (length < 16) {
    for (let i: u32 = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
    return true;
  }
  const last = length - 16;
  for (let i: u32 = 0; i < last; i += 16) if (differs(a + i, b + i)) return false;
  return !differs(a + last, b + last);
}

@inline
function differs(a: u32, b: u32): bool {
  return v128.any_true(v128.xor(v128.load(a), v128.load(b)));
}
