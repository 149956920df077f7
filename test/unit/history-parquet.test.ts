/**
 * Our reader of Parquet files, against what DuckDB wrote (as the service did before it wrote them
 * itself), and against broken ones; our writer, against what DuckDB reads.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  isOfFile,
  openParquet,
  type ParquetFile,
} from '../../server/history/store/parquet/file.ts';
import { textBounds, timeBounds } from '../../server/history/store/parquet/footer.ts';
import {
  ParquetWriter,
  RAW_SHAPE,
  ROLLUP_SHAPE,
} from '../../server/history/store/parquet/write.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'orrery-parquet-'));
after(() => rmSync(ROOT, { recursive: true }));
const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();

const ROWS = 10_000;
const SELECT =
  "SELECT 'k' || (i // 3000) AS rack, " +
  "CASE WHEN i % 1000 = 7 THEN 'gerät-' || i ELSE 'host-' || (i // 40) END AS entity, " +
  "'x' || hash(i) AS signal, make_timestamp_ms(1767225600000 + i * 250)::TIMESTAMP_MS AS time, " +
  "CASE i % 500 WHEN 3 THEN 'nan'::DOUBLE WHEN 4 THEN '-inf'::DOUBLE ELSE i % 97 / 8 END AS few, " +
  '(i * 1.1)::DOUBLE AS many, (i % 70000)::UINTEGER AS "count" ' +
  `FROM (SELECT range::BIGINT AS i FROM range(${ROWS})) ORDER BY i`;

async function written(options: string): Promise<string> {
  const path = join(ROOT, `${options.replaceAll(/\W/g, '')}.parquet`);
  await connection.run(`COPY (${SELECT}) TO '${path}' (FORMAT parquet, ${options})`);
  return path;
}

/** All rows of a text column. */
function textsOf(file: ParquetFile, name: string): string[] {
  return file.footer.groups.flatMap(group => {
    const { texts, codes, ends } = file.texts(group, name);
    return Array.from(codes, (code, r) =>
      Array<string>(ends[r] - (ends[r - 1] ?? 0)).fill(texts[code]),
    ).flat();
  });
}

const numbersOf = (file: ParquetFile, name: string): number[] =>
  file.footer.groups.flatMap(group => [...file.numbers(group, name)]);

const KINDS = ['COMPRESSION zstd, ROW_GROUP_SIZE 4096', 'COMPRESSION uncompressed'];

for (const options of KINDS) {
  test(`every value comes back: ${options}`, async () => {
    const path = await written(options);
    const reader = await connection.runAndReadAll(
      `SELECT rack, entity, signal, epoch_ms(time)::DOUBLE, few, many, "count"::DOUBLE FROM '${path}'`,
    );
    const want = reader.getColumnsJS();
    const file = openParquet(path);
    assert.equal(file.footer.rows, ROWS);
    for (const [i, name] of ['rack', 'entity', 'signal'].entries()) {
      assert.deepEqual(textsOf(file, name), want[i], name);
    }
    for (const [i, name] of ['time', 'few', 'many', 'count'].entries()) {
      assert.deepEqual(numbersOf(file, name), want[3 + i], name);
    }
    file.close();
  });

  test(`part of a column, and single rows of it: ${options}`, async () => {
    const file = openParquet(await written(options));
    const group = file.footer.groups.at(-1)!;
    for (const name of ['time', 'few', 'many']) {
      const all = file.numbers(group, name);
      for (const [from, to] of [
        [0, 1],
        [5, 900],
        [700, group.rows],
        [300, 300],
      ] as const) {
        assert.deepEqual(file.numbers(group, name, [from, to]), all.slice(from, to), name);
      }
      const room = new Float64Array(1000);
      assert.equal(file.numbers(group, name, [5, 900], room).buffer, room.buffer);
      const rows = [0, 0, 3, 255, 256, 257, 900, group.rows - 1];
      assert.deepEqual(
        [...file.numbersAt(group, name, rows)],
        rows.map(row => all[row]),
        name,
      );
    }
    file.close();
  });
}

test('bounds of a row group are those of its rows', async () => {
  const file = openParquet(await written(KINDS[0]));
  const [first, second] = file.footer.groups;
  assert.deepEqual(textBounds(first.columns.rack), ['k0', 'k1']);
  assert.deepEqual(textBounds(second.columns.rack), ['k1', 'k2']);
  assert.deepEqual(timeBounds(first.columns.time), [
    1_767_225_600_000,
    1_767_225_600_000 + 4095 * 250,
  ]);
  file.close();
});

test('broken files are refused, or read as what they say, and never hang', async () => {
  const sound = readFileSync(await written(KINDS[0]));
  const path = join(ROOT, 'broken.parquet');
  let state = 12_345;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  const footer = sound.readUInt32LE(sound.length - 8);
  let refused = 0;
  const tries = 400;
  for (let i = 0; i < tries; i++) {
    const bytes = Buffer.from(sound);
    // Half of them in the footer, where a byte means most.
    const from = i % 2 === 0 ? 0 : sound.length - footer - 8;
    for (let k = 0; k <= i % 3; k++) bytes[from + random(sound.length - from)] = random(256);
    writeFileSync(path, i % 5 === 0 ? bytes.subarray(0, random(sound.length)) : bytes);
    try {
      const file = openParquet(path);
      try {
        for (const name of ['rack', 'entity', 'signal']) textsOf(file, name);
        for (const name of ['time', 'few', 'many', 'count']) numbersOf(file, name);
      } finally {
        file.close();
      }
    } catch (error) {
      assert.ok(isOfFile(error), (error as Error).stack);
      refused++;
    }
  }
  assert.ok(refused > tries / 2, `${refused} refused`);
});

/** Values that make every kind of page: few, many, constant, in runs of all lengths, not a number. */
const SHAPES: readonly ((i: number) => number)[] = [
  i => i % 7,
  i => i * 1.1,
  () => 3.5,
  i => Math.floor(i / 23) % 40,
  i => [Number.NaN, Number.NEGATIVE_INFINITY, 0, -0, 5e-324, 1e308][i % 6],
  i => ((i * 2654435761) % 20011) / 10,
];

/** Series of uneven lengths, one longer than a row group, in the order of the inner shelf. */
function writeSeries(path: string): readonly (readonly unknown[])[] {
  const writer = new ParquetWriter(path, ROLLUP_SHAPE, 'rack');
  const rows: unknown[][] = [];
  let n = 0;
  for (let s = 0; s < 60; s++) {
    const names = [`k${100 + (s >> 3)}`, `gerät-${100 + (s >> 1)}`, `signal${s % 2}`] as const;
    const length = s === 30 ? 70_000 : 1 + ((s * 977) % 3000);
    const at = (i: number) => 1_767_225_600_000 + i * 60_000;
    const shape = SHAPES[s % SHAPES.length];
    const values = Float64Array.from({ length: length + 2 }, (_, i) => shape(i + s));
    const times = Float64Array.from(values, (_, i) => at(i));
    const counts = Float64Array.from(values, (_, i) => (s % 3 === 0 ? 2 : i % 70_000));
    const columns = [times, values, values, values, values, counts];
    writer.add(names, columns, [1, length + 1]);
    for (let i = 1; i <= length; i++) rows.push([...names, times[i], values[i], counts[i]]);
    n += length;
  }
  const { rows: written, bounds, times } = writer.finish();
  assert.equal(written, n);
  assert.deepEqual(bounds, ['k100', 'k107']);
  assert.deepEqual(times, [1_767_225_660_000, 1_767_225_600_000 + 70_000 * 60_000]);
  return rows;
}

test('what we write, DuckDB and our reader read', async () => {
  const path = join(ROOT, 'ours.parquet');
  const want = writeSeries(path);
  const reader = await connection.runAndReadAll(
    'SELECT rack, entity, signal, epoch_ms(time)::DOUBLE, mean, "count"::DOUBLE ' +
      `FROM read_parquet('${path}', file_row_number = true) ORDER BY file_row_number`,
  );
  assert.deepEqual(reader.getRowsJS(), want);
  const file = openParquet(path);
  const names = ['rack', 'entity', 'signal'];
  for (const [i, name] of names.entries()) {
    assert.deepEqual(
      textsOf(file, name),
      want.map(row => row[i]),
      name,
    );
  }
  for (const [i, name] of ['time', 'mean', 'count'].entries()) {
    assert.deepEqual(
      numbersOf(file, name),
      want.map(row => row[3 + i]),
      name,
    );
  }
  assert.deepEqual(textBounds(file.footer.groups[0].columns.rack)?.[0], 'k100');
  const group = file.footer.groups.find(({ rows }) => rows > 50_000)!;
  const all = file.numbers(group, 'mean');
  for (const range of [
    [0, 1],
    [16_380, 16_390],
    [20_000, 40_000],
  ] as const) {
    assert.deepEqual(file.numbers(group, 'mean', range), all.slice(...range));
  }
  file.close();
});

test('the files have the columns that they had when DuckDB wrote them', async () => {
  const before = join(ROOT, 'before.parquet');
  const path = join(ROOT, 'raw-ours.parquet');
  await connection.run(
    "COPY (SELECT 'k' AS rack, 'e' AS entity, 's' AS signal, " +
      'make_timestamp_ms(1767225600000)::TIMESTAMP_MS AS time, 1::DOUBLE AS value) ' +
      `TO '${before}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  const writer = new ParquetWriter(path, RAW_SHAPE, 'rack');
  const columns = [Float64Array.of(1_767_225_600_000), Float64Array.of(1)];
  writer.add(['k', 'e', 's'], columns, [0, 1]);
  writer.finish();
  const schema = async (file: string) =>
    (
      await connection.runAndReadAll(
        'SELECT name, type, repetition_type, converted_type, logical_type ' +
          `FROM parquet_schema('${file}') WHERE type IS NOT NULL`,
      )
    ).getRowsJson();
  assert.deepEqual(await schema(path), await schema(before));
  const both = await connection.runAndReadAll(
    `SELECT DISTINCT * FROM read_parquet(['${path}', '${before}'])`,
  );
  assert.equal(both.currentRowCount, 1);
});
