/**
 * Damages a journal at random and reads it: the reader must end, throw nothing, and tell no row that
 * was not appended. The same seed gives the same damages.
 *   node test/fuzz/journal.ts --seed 1 --count 1000000
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { ReadReport } from '../../server/journal/contract.ts';
import { readLog } from '../../server/journal/read-log.ts';
import { listSegments } from '../../server/journal/segments.ts';
import type { StoredFiles } from '../../server/journal/stored-files.ts';
import { type Dice, diceOf } from '../support/dice.ts';
import { CELLS, readingOf, timeOf } from '../support/journal-log.ts';
import { storedBytes } from '../support/memory-files.ts';
import { DIR, sampleLog } from '../support/sample-log.ts';

interface FuzzResult {
  readonly inputs: number;
  /** Rows told, of all inputs together; a reader that gives up too early tells few. */
  readonly rows: number;
  readonly damaged: number;
  readonly longestMs: number;
}

/** Segments by name. */
type Image = ReadonlyMap<string, Uint8Array>;

/** The log that is damaged. */
export async function sampleImage(): Promise<Image> {
  const disk = await sampleLog();
  const folder = `${DIR}/journal`;
  return new Map(
    listSegments(folder, disk.files).map(({ name }) => [name, disk.bytesOf(`${folder}/${name}`)]),
  );
}

/** @throws Error naming seed and input when a row is invented, out of order, or the reader throws */
export async function fuzzJournal(seed: number, count: number): Promise<FuzzResult> {
  const whole = await sampleImage();
  const dice = diceOf(seed);
  let rows = 0;
  let damaged = 0;
  let longestMs = 0;
  for (let input = 0; input < count; input++) {
    const image = mutated(whole, dice);
    const startMs = performance.now();
    try {
      const report = readImage(image);
      rows += report.rows;
      if (report.damages.length > 0 || report.tornBytes > 0) damaged++;
    } catch (error) {
      throw new Error(`seed ${seed}, input ${input}`, { cause: error });
    }
    longestMs = Math.max(longestMs, performance.now() - startMs);
  }
  return { inputs: count, rows, damaged, longestMs };
}

/**
 * @param onRow told of each row by its number
 * @throws Error for what was never appended, or is out of order
 */
export function readImage(image: Image, onRow: (seq: number) => void = () => {}): ReadReport {
  const files: StoredFiles = {
    list: () => [...image].map(([name, { length }]) => ({ name, bytes: length })),
    open: path => storedBytes(image.get(path.slice(path.lastIndexOf('/') + 1))!),
  };
  let last = -1;
  return readLog(
    DIR,
    { files },
    {
      layout() {},
      rows({ count, cells, timesMs, values }) {
        for (let i = 0; i < count; i++) {
          const seq = values[i] - readingOf(0);
          const isOurs = seq > last && cells[i] === seq % CELLS && timesMs[i] === timeOf(seq);
          if (!isOurs) throw new Error(`row ${seq} after ${last}: ${cells[i]} at ${timesMs[i]}`);
          last = seq;
          onRow(seq);
        }
      },
      stale() {
        throw new Error('a stale mark out of nothing');
      },
      note(topic) {
        if (topic !== 'text') throw new Error(`a note out of nothing: ${topic}`);
      },
    },
  );
}

/** The log with 1 to 4 damages. */
function mutated(whole: Image, dice: Dice): Image {
  const image = new Map(whole);
  for (let left = 1 + dice(4); left > 0; left--) {
    const names = [...image.keys()];
    if (names.length === 0) return image;
    const name = names[dice(names.length)];
    const bytes = image.get(name)!;
    const change = MUTATIONS[dice(MUTATIONS.length)];
    const after = change(bytes, dice, image.get(names[dice(names.length)])!);
    if (after) image.set(name, after);
    else image.delete(name);
  }
  return image;
}

type Mutation = (bytes: Uint8Array, dice: Dice, other: Uint8Array) => Uint8Array | undefined;

/** Values that lengths and counts go wrong at. */
const NUMBERS = [0, 1, 7, 8, 31, 32, 40, 0x7fffffff, 0x80000000, 0xffffffff, 16 * 2 ** 20];

const changed = (bytes: Uint8Array, change: (copy: Uint8Array) => void) => {
  const copy = new Uint8Array(bytes);
  if (copy.length > 0) change(copy);
  return copy;
};

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

const MUTATIONS: readonly Mutation[] = [
  (bytes, dice) =>
    changed(bytes, copy => {
      copy[dice(copy.length)] ^= 1 << dice(8);
    }),
  (bytes, dice) =>
    changed(bytes, copy => {
      copy[dice(copy.length)] = dice(256);
    }),
  (bytes, dice) =>
    changed(bytes, copy => {
      const at = 4 * dice(copy.length >> 2);
      if (at + 4 > copy.length) return;
      new DataView(copy.buffer).setUint32(at, NUMBERS[dice(NUMBERS.length)], true);
    }),
  (bytes, dice) => bytes.slice(0, dice(bytes.length + 1)),
  (bytes, dice) =>
    changed(bytes, copy => {
      const at = dice(copy.length);
      copy.fill(dice(2) * 255, at, at + dice(600));
    }),
  // A stretch is missing, stands twice, or comes from elsewhere.
  (bytes, dice) => {
    const at = dice(bytes.length + 1);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 8 * dice(40)));
  },
  (bytes, dice, other) => {
    const at = dice(bytes.length + 1);
    const from = 8 * dice((other.length >> 3) + 1);
    const piece = other.subarray(from, from + 8 * dice(60));
    return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
  },
  (bytes, dice, other) =>
    changed(bytes, copy => {
      const from = 8 * dice((other.length >> 3) + 1);
      const piece = other.subarray(from, from + 8 * dice(60));
      const at = 8 * dice((copy.length >> 3) + 1);
      copy.set(piece.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
    }),
  (_, dice, other) => (dice(4) === 0 ? undefined : other),
];

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, count: { type: 'string' } },
  });
  const result = await fuzzJournal(Number(values.seed ?? 1), Number(values.count ?? 1_000_000));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
