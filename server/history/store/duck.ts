/** DuckDB, which sorts and writes the Parquet files. It runs in threads of its own. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  BIGINT,
  DOUBLE,
  DuckDBDataChunk,
  DuckDBInstance,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { syncFolder } from '../../recovery/put-file.ts';
import type { StoredFile } from './checkpoint.ts';
import type { HistoryConfig } from './config.ts';
import type { Generation } from './generation.ts';
import { openParquet } from './parquet/file.ts';
import { textBounds, timeBounds } from './parquet/footer.ts';
import type { Tail, TailBlock } from './tail.ts';
import { type Shelf, shelfOf } from './tiers.ts';

type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>;
type Chunk = ReturnType<typeof DuckDBDataChunk.create>;

/** Rows of one chunk, as DuckDB has them. */
const CHUNK_ROWS = 2048;
/**
 * Small enough that a rack's rows are found without much beside them, and large enough that opening
 * each column of a group does not cost more than reading it.
 */
const GROUP_ROWS = { raw: 30_720, rollup: 122_880 } as const;

export interface DuckOptions {
  /** Of the history; DuckDB spills into `tmp` in it. */
  readonly folder: string;
  readonly config: Pick<HistoryConfig, 'memoryMb' | 'threads'>;
}

export interface Duck {
  readonly connection: Connection;
  run(sql: string): Promise<void>;
  /** Rows of text and number columns. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  close(): void;
}

export async function openDuck({ folder, config }: DuckOptions): Promise<Duck> {
  const spill = join(folder, 'tmp');
  mkdirSync(spill, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(config.threads),
    memory_limit: `${config.memoryMb}MB`,
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  // Names are joined to rows that are sorted already, and the order must hold.
  await connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
  return {
    connection,
    async run(sql) {
      await connection.run(sql);
    },
    rows: async sql => (await connection.runAndReadAll(sql)).getRowsJS(),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

export const sourceOf = (folder: string, files: readonly Pick<StoredFile, 'path'>[], extra = '') =>
  `read_parquet([${files.map(file => quoted(join(folder, file.path))).join(', ')}]${extra})`;

export interface FileSpec extends Pick<StoredFile, 'path' | 'tier' | 'shelf' | 'late'> {
  readonly select: string;
  /** Of roll-ups: what the file stands for; of raw files it follows from the rows. */
  readonly span?: readonly [fromMs: number, toMs: number];
}

/**
 * Writes the rows of a query, synced, under a name that only the checkpoint makes count.
 * @returns undefined when there are none
 */
export async function writeFile(
  duck: Duck,
  folder: string,
  spec: FileSpec,
): Promise<StoredFile | undefined> {
  const { path, tier, shelf, late, select, span } = spec;
  const final = join(folder, path);
  const beside = `${final}.tmp`;
  const groupRows = tier === 'raw' ? GROUP_ROWS.raw : GROUP_ROWS.rollup;
  mkdirSync(dirname(final), { recursive: true });
  await duck.run(
    `COPY (${select}) TO ${quoted(beside)} ` +
      `(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${groupRows})`,
  );
  syncFile(beside);
  renameSync(beside, final);
  syncFolder(dirname(final));
  syncFolder(dirname(dirname(final)));
  const { rows, bytes, bounds, times } = describe(final, shelfOf(shelf));
  if (rows === 0) {
    rmSync(final);
    return undefined;
  }
  const [fromMs, toMs] = span ?? [times[0], times[1] + 1];
  const [first, last] = bounds;
  return { path, tier, shelf, fromMs, toMs, rows, bytes, first, last, ...(late ? { late } : {}) };
}

function syncFile(path: string) {
  const opened = openSync(path, 'r+');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Reads back what was written: a file that cannot be read must not come into the checkpoint. */
function describe(path: string, shelf: Shelf) {
  const file = openParquet(path);
  file.close();
  const { rows, groups } = file.footer;
  const times = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let bounds: readonly [string, string] | undefined;
  for (const { columns } of groups) {
    const [min, max] = textBounds(columns[shelf.group]) ?? ['', '\u{10ffff}'];
    const [low, high] = bounds ?? [min, max];
    bounds = [min < low ? min : low, max > high ? max : high];
    const [from, to] = timeBounds(columns.time) ?? [Number.NaN, Number.NaN];
    times[0] = Math.min(times[0], from);
    times[1] = Math.max(times[1], to);
  }
  return { rows, bytes: statSync(path).size, bounds: bounds ?? ['', ''], times };
}

/** The table `entities`: the names behind the places of a generation. */
export async function nameEntities(duck: Duck, generation: Generation): Promise<void> {
  const { ids, rackOf, isInner, order } = generation;
  await duck.run(
    'CREATE OR REPLACE TABLE entities ' +
      '(is_inner INTEGER, place INTEGER, rack VARCHAR, entity VARCHAR)',
  );
  const types = [INTEGER, INTEGER, VARCHAR, VARCHAR];
  await append(duck, 'entities', types, ids.length, (chunk, from, count) => {
    for (let i = 0; i < count; i++) {
      const e = from + i;
      ints(chunk, 0)[i] = isInner[e];
      ints(chunk, 1)[i] = order[e];
      chunk.getColumnVector(2).setItem(i, rackOf[e] < 0 ? '' : ids[rackOf[e]]);
      chunk.getColumnVector(3).setItem(i, ids[e]);
    }
  });
}

/** The table `tail`, its rows in the order they came, and `signals`, by places in their order. */
export async function loadTail(duck: Duck, tail: Tail): Promise<void> {
  const sorted = tail.signals.toSorted();
  const placeOf = tail.signals.map(id => sorted.indexOf(id));
  await duck.run('CREATE OR REPLACE TABLE signals (place INTEGER, signal VARCHAR)');
  const names = sorted.map((id, place) => `(${place}, ${quoted(id)})`);
  if (names.length > 0) await duck.run(`INSERT INTO signals VALUES ${names.join(', ')}`);
  await duck.run(
    'CREATE OR REPLACE TABLE tail ' +
      '(is_inner INTEGER, entity INTEGER, signal INTEGER, time BIGINT, value DOUBLE)',
  );
  const types = [INTEGER, INTEGER, INTEGER, BIGINT, DOUBLE];
  for (const block of tail.blocks) {
    await append(duck, 'tail', types, block.count, (chunk, from, count) =>
      fillRows(chunk, tail.generation, placeOf, [block, from, count]),
    );
  }
}

function fillRows(
  chunk: Chunk,
  { ids, isInner, order }: Generation,
  placeOf: readonly number[],
  [{ series, times, values }, from, count]: readonly [TailBlock, number, number],
) {
  const [shelf, entity, signal] = [ints(chunk, 0), ints(chunk, 1), ints(chunk, 2)];
  const time = (chunk.getColumnVector(3) as unknown as { items: BigInt64Array }).items;
  // Through halves, since a big integer for each would cost more than all the rest.
  const halves = new Int32Array(time.buffer, time.byteOffset, 2 * count);
  for (let i = 0; i < count; i++) {
    const number = series[from + i];
    const s = Math.floor(number / ids.length);
    const e = number - s * ids.length;
    shelf[i] = isInner[e];
    entity[i] = order[e];
    signal[i] = placeOf[s];
    const high = Math.floor(times[from + i] / 2 ** 32);
    halves[2 * i] = times[from + i] - high * 2 ** 32;
    halves[2 * i + 1] = high;
  }
  const value = chunk.getColumnVector(4) as unknown as { items: Float64Array };
  value.items.set(values.subarray(from, from + count));
}

const ints = (chunk: Chunk, column: number) =>
  (chunk.getColumnVector(column) as unknown as { items: Int32Array }).items;

async function append(
  { connection }: Duck,
  table: string,
  types: Parameters<typeof DuckDBDataChunk.create>[0],
  count: number,
  fill: (chunk: Chunk, from: number, count: number) => void,
): Promise<void> {
  const appender = await connection.createAppender(table);
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    const inChunk = Math.min(CHUNK_ROWS, count - from);
    const chunk = DuckDBDataChunk.create(types, inChunk);
    fill(chunk, from, inChunk);
    for (let column = 0; column < types.length; column++) chunk.getColumnVector(column).flush();
    appender.appendDataChunk(chunk);
    // Queries come in between.
    if ((from / CHUNK_ROWS) % 32 === 31) await new Promise(setImmediate);
  }
  appender.closeSync();
}
