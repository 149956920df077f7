/** Our reader of our Parquet files, against what DuckDB wrote, and against broken ones. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openParquet, type ParquetFile } from '../../server/history/store/parquet/file.ts';
import { textBounds, timeBounds } from '../../server/history/store/parquet/footer.ts';

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
      assert.ok(error instanceof Error);
      refused++;
    }
  }
  assert.ok(refused > tries / 2, `${refused} refused`);
});
